/** Real mail servers get what was submitted: each kind of body, through each security, with and without AUTH. */
import { expect, it } from 'vitest';
import { bodyOf, flush, homeWith, newMark, submit, withEachServer } from '../support/real-relays/every-server.js';
import { DOORS } from '../support/real-relays/server.js';

const BODIES: Readonly<Record<string, string>> = {
  text: 'Hello.\n\nFrom here to there.\n',
  'every byte beyond ASCII': `${Array.from({ length: 128 }, (_, index) => String.fromCharCode(128 + index)).join('')}\n`,
  dots: '.\n..\n.x\n...\nend.\n.\n\n.\n',
  'no line end': 'one\ntwo',
  'long lines': `${'x'.repeat(998)}\n.${'y'.repeat(997)}\n`,
  blanks: ' \n\t\n  x  \n\n\n',
  nothing: '',
};
const HEADER = 'X-Folded: one\n\ttwo  three \nX-Bytes: \u00c3\u00a4\u00e4\n';

withEachServer('arrival', ({ server, relay }) => {
  const doors = DOORS.filter((door) => door.certificate === 'good' && server.offers(door));
  const named = doors.map((door) => [`security ${door.security}, ${door.auth ? 'AUTH' : 'no AUTH'}`, door] as const);

  it.each(named)('is byte for byte and once for each recipient with %s', async (_, door) => {
    const mark = newMark();
    const home = homeWith(relay().settings(door));
    const takenBefore = relay().count(server.taken);
    for (const [name, body] of Object.entries(BODIES))
      await submit(home, ['ann', 'bob', 'cid'], `Subject: ${mark}; ${name}\n${HEADER}\n${body}`);

    await flush(home);

    const expected = Object.fromEntries(
      Object.entries(BODIES).map(([name, body]) => [name, body.replace(/[^\n]$/, '$&\n')]),
    );
    for (const person of ['ann', 'bob', 'cid'] as const) {
      const mail = await relay().mailOf(person, mark, Object.keys(BODIES).length);
      const nameOf = (text: string): string => /^Subject: \S+; (.*)$/m.exec(text)?.[1] ?? '';
      expect(Object.fromEntries(mail.map((text) => [nameOf(text), bodyOf(text)]))).toEqual(expected);
      expect(mail.filter((text) => !text.includes(`\n${HEADER}\n`))).toEqual([]);
    }
    const all = takenBefore + Object.keys(BODIES).length;
    expect(await relay().countFrom(server.taken, all)).toBe(all);
    expect(home.files()).toEqual([]);
  });
});
