/** Completion for bash: one function a command, without the bash-completion package. Pure. */
import {
  COMMAND_WORDS,
  FILE_OPTIONS,
  FORM_WORDS,
  MAILQ_WORDS,
  PLACES,
  type Place,
  SENDMAIL_WORDS,
  USUAL_PLACES,
  type Word,
} from './words.js';

export function bashScript(): string {
  return `# bash completion of outtray, sendmail, mailq; made of the program's own tables.

# Words that fit what has been typed, one a line on standard input.
_outtray_offer() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(cat)" -- "$1"))
}

_outtray() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} index place=''
  COMPREPLY=()
  # The command and its form: the first words that are no options.
  for ((index = 1; index < COMP_CWORD; index++)); do
    [[ \${COMP_WORDS[index]} == -* ]] && continue
    if [[ -z $place ]]; then
      place=\${COMP_WORDS[index]}
      case $place in
        ${[...FORM_WORDS.keys()].join('|')}) ;;
        *) break ;;
      esac
    else
      place+=" \${COMP_WORDS[index]}"
      break
    fi
  done
  if [[ -z $place || $place == help ]]; then
    _outtray_offer "$word" <<'END'
${list(COMMAND_WORDS)}
END
    return
  fi
  case "$place $before" in
${PLACES.flatMap(argumentCases).join('\n')}
  esac
  case $place in
${[...FORM_WORDS].map(formCase).join('\n')}
${PLACES.map(placeCase).join('\n')}
  esac
}

_outtray_names() {
  _outtray_offer "$1" < <(command outtray --names "$2" 2>/dev/null; [[ $2 == messages ]] && echo all)
}

_outtray_sendmail() {
  local word=\${COMP_WORDS[COMP_CWORD]}
  case \${COMP_WORDS[COMP_CWORD-1]} in
    ${FILE_OPTIONS.join('|')}) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  [[ $word == -* ]] && _outtray_offer "$word" <<'END'
${list(SENDMAIL_WORDS)}
END
}

_outtray_mailq() {
  _outtray_offer "\${COMP_WORDS[COMP_CWORD]}" <<'END'
${list(MAILQ_WORDS)}
END
}

complete -F _outtray outtray
complete -F _outtray_sendmail sendmail
complete -F _outtray_mailq mailq
`;
}

function list(words: readonly Word[]): string {
  return words.map(({ word }) => word).join('\n');
}

function formCase([name, words]: readonly [string, readonly Word[]]): string {
  const options = USUAL_PLACES.find(({ path }) => path[0] === name)?.options ?? [];
  return `    '${name}')\n      if [[ $word == -* ]]; then ${offer(options)}; else ${offer(words)}; fi ;;`;
}

/** What follows an option with a value. */
function argumentCases({ path, options }: Place): string[] {
  return options.flatMap(({ word, argument }) => {
    if (argument === 'none') return [];
    const offered = argument === 'free' ? ':' : offer(argument.map((choice) => ({ word: choice, does: '' })));
    return [`    '${path.join(' ')} ${word}') ${offered}; return ;;`];
  });
}

function placeCase({ path, options, names }: Place): string {
  const named =
    typeof names === 'string'
      ? `_outtray_names "$word" ${names}`
      : offer((names ?? []).map((word) => ({ word, does: '' })));
  return `    '${path.join(' ')}')\n      if [[ $word == -* ]]; then ${offer(options)}; else ${named}; fi ;;`;
}

function offer(words: readonly Word[]): string {
  return words.length === 0 ? ':' : `_outtray_offer "$word" <<<$'${words.map(({ word }) => word).join('\\n')}'`;
}
