/** Completion for zsh, with words about each; to be a file `_outtray` in $fpath, or to be read at once. Pure. */
import {
  COMMAND_WORDS,
  FORM_WORDS,
  MAILQ_WORDS,
  PLACES,
  type Place,
  SENDMAIL_WORDS,
  USUAL_PLACES,
  type Word,
} from './words.js';

export function zshScript(): string {
  return `#compdef outtray sendmail mailq
# zsh completion of outtray, sendmail, mailq; made of the program's own tables.

_outtray_words() {
  local -a words_and_texts
  words_and_texts=("\${@:2}")
  _describe "$1" words_and_texts
}

_outtray_names() {
  local -a names
  names=(\${(f)"$(command outtray --names $1 2>/dev/null)"})
  [[ $1 == messages ]] && names+=(all)
  compadd -a names
}

_outtray_commands() {
  local place='' index
  # The command and its form: the first words that are no options.
  for ((index = 2; index < CURRENT; index++)); do
    [[ $words[index] == -* ]] && continue
    if [[ -z $place ]]; then
      place=$words[index]
      case $place in
        ${[...FORM_WORDS.keys()].join('|')}) ;;
        *) break ;;
      esac
    else
      place+=" $words[index]"
      break
    fi
  done
  case "$place $words[CURRENT-1]" in
${PLACES.flatMap(argumentCases).join('\n')}
  esac
  case $place in
    ''|help)
      _outtray_words command ${list(COMMAND_WORDS)} ;;
${[...FORM_WORDS].map(formCase).join('\n')}
${PLACES.map(placeCase).join('\n')}
  esac
}

_outtray_sendmail() {
  if [[ $words[CURRENT] == -* ]]; then
    _outtray_words option ${list(SENDMAIL_WORDS)}
  else
    _files
  fi
}

_outtray_mailq() {
  _outtray_words option ${list(MAILQ_WORDS)}
}

_outtray() {
  case $service in
    sendmail) _outtray_sendmail ;;
    mailq) _outtray_mailq ;;
    *) _outtray_commands ;;
  esac
}

# Read at once instead of found in $fpath, there is nothing to complete yet.
if [[ $funcstack[1] == _outtray ]]; then
  _outtray "$@"
else
  compdef _outtray outtray sendmail mailq
fi
`;
}

function list(words: readonly Word[]): string {
  return words.map(({ word, does }) => `'${word}:${does}'`).join(' ');
}

function formCase([name, words]: readonly [string, readonly Word[]]): string {
  const options = USUAL_PLACES.find(({ path }) => path[0] === name)?.options ?? [];
  const forms = `_outtray_words 'what to do' ${list(words)}`;
  if (options.length === 0) return `    '${name}')\n      ${forms} ;;`;
  return `    '${name}')\n      if [[ $words[CURRENT] == -* ]]; then _outtray_words option ${list(options)}; else ${forms}; fi ;;`;
}

function argumentCases({ path, options }: Place): string[] {
  return options.flatMap(({ word, argument }) => {
    if (argument === 'none') return [];
    const offered = argument === 'free' ? '' : `compadd -- ${argument.join(' ')}; `;
    return [`    '${path.join(' ')} ${word}') ${offered}return ;;`];
  });
}

function placeCase({ path, options, names }: Place): string {
  const offer =
    typeof names === 'string' ? `_outtray_names ${names}` : names === undefined ? ':' : `compadd -- ${names.join(' ')}`;
  const head = `    '${path.join(' ')}')\n`;
  if (options.length === 0) return `${head}      ${offer} ;;`;
  return `${head}      if [[ $words[CURRENT] == -* ]]; then _outtray_words option ${list(options)}; else ${offer}; fi ;;`;
}
