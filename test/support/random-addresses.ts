/** Random addresses as header fields have them: names, comments, groups, routes, odd local parts and hosts. */
const LOCAL = ['bob', 'a.b', '"a b"', '"a@b"', 'a%b', 'a!b', 'x.y!z', 'a%b%c', 'A+B', "o'n", 'a\\ b', 'a%localhost'];
const HOSTS = ['example.net', 'EXAMPLE.org', 'localhost', '[127.0.0.1]', '[IPv6:::1]', 'a.b.', 'a.UUCP', 'x'];
const NAMES = [
  'Bob',
  'Bob Builder',
  '"Bob B."',
  'Bob B.',
  '=?UTF-8?Q?Gr=C3=BC?=',
  "O'Neil",
  '(c) Bob',
  'a [b]',
  'Bob (c)',
];

export interface RandomAddresses {
  pick(choices: readonly string[]): string;
  /** Bare. */
  address(): string;
  element(): string;
  /** As the value of a field. */
  list(): string;
}

/** `more` of each kind besides the usual. */
export function randomAddresses(
  random: () => number,
  more: { readonly locals?: readonly string[]; readonly hosts?: readonly string[] } = {},
): RandomAddresses {
  const locals = [...LOCAL, ...(more.locals ?? [])];
  const hosts = [...HOSTS, ...(more.hosts ?? [])];
  const pick = (choices: readonly string[]): string => choices[Math.floor(random() * choices.length)] ?? '';
  const address = (): string => (random() < 0.3 ? pick(locals) : `${pick(locals)}@${pick(hosts)}`);
  const element = (): string => {
    const forms = [address(), `<${address()}>`, `${pick(NAMES)} <${address()}>`, `${address()} (${pick(NAMES)})`];
    return pick([...forms, `grp: ${address()}`, `${address()};`, `<@r1,@r2:${address()}>`, 'list:;', '<>']);
  };
  const list = (): string => Array.from({ length: 1 + Math.floor(random() * 6) }, element).join(pick([', ', ',\n\t']));
  return { pick, address, element, list };
}
