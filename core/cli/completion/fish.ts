/** Completion for fish, with words about each. Pure. */
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

export function fishScript(): string {
  return [fishOuttray(), fishSendmail(), fishMailq()].join('\n');
}

export function fishOuttray(): string {
  return `# fish completion of outtray, sendmail, mailq; made of the program's own tables.

# Whether the command and its form, the first words that are no options, are these.
function __outtray_at
    set -l place
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; and continue
        set -a place $word
        test (count $place) -eq (count $argv); and break
    end
    test "$place" = "$argv"
end

# Whether nothing but options follows the command, or nothing at all.
function __outtray_first
    set -l count 0
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; or set count (math $count + 1)
    end
    test $count -eq $argv[1]
end

complete -c outtray -f
${COMMAND_WORDS.map(({ word, does }) => `complete -c outtray -n '__outtray_first 0' -a ${word} -d '${does}'`).join('\n')}
complete -c outtray -n '__outtray_at help; and __outtray_first 1' -a '${COMMAND_WORDS.map(({ word }) => word).join(' ')}'
${[...FORM_WORDS].flatMap(([name, words]) => words.map(({ word, does }) => `complete -c outtray -n '__outtray_at ${name}; and __outtray_first 1' -a ${word} -d '${does}'`)).join('\n')}
${USUAL_PLACES.flatMap(usualLines).join('\n')}
${PLACES.flatMap(placeLines).join('\n')}
`;
}

export function fishSendmail(): string {
  return `${oldStyle('sendmail', SENDMAIL_WORDS)}\n`;
}

export function fishMailq(): string {
  return `complete -c mailq -f\n${oldStyle('mailq', MAILQ_WORDS)}\n`;
}

function usualLines({ path, options }: Place): string[] {
  const where = `complete -c outtray -n '__outtray_at ${path.join(' ')}; and __outtray_first 1'`;
  return options.map(({ word, does }) => `${where} -l ${word.slice(2)} -d '${does}'`);
}

function placeLines({ path, options, names, many }: Place): string[] {
  const at = `__outtray_at ${path.join(' ')}`;
  const where = `complete -c outtray -n '${many ? at : `${at}; and __outtray_first ${path.length}`}'`;
  const offered = options.map(({ word, does, argument }) => {
    const value = argument === 'none' ? '' : argument === 'free' ? ' -x' : ` -x -a '${argument.join(' ')}'`;
    return `complete -c outtray -n '${at}' -l ${word.slice(2)}${value} -d '${does}'`;
  });
  if (names === undefined) return offered;
  if (typeof names !== 'string') return [...offered, `${where} -a '${names.join(' ')}'`];
  const all = names === 'messages' ? ' all' : '';
  return [...offered, `${where} -a '(command outtray --names ${names} 2>/dev/null)${all}'`];
}

/** Whole words with one dash: -bs, -q30m; one letter, too, since letters of sendmail's with something behind do not add up. */
function oldStyle(command: string, words: readonly Word[]): string {
  return words.map(({ word, does }) => `complete -c ${command} -o ${word.slice(1)} -d '${does}'`).join('\n');
}
