/** log.system: the lines of the mail log in the system's, by syslog(3) itself. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, createHome } from '../support/outtray-home.js';
import { sourceCommand } from '../support/run-source.js';
import { SYSTEM_LOG_MISSING, withSystemLog } from '../support/system-log.js';

const ON = { log: { system: true }, queue: { minFreeBytes: '0' } };
const MESSAGE = 'Subject: hello\n\nHello.\n';

const sendmail = (...words: string[]): string[] => [path.join(BIN, 'sendmail'), ...words];

/** `<priority>`, tag, and text; the date is the library's, the process id one of the system. */
function read(line: string): { priority: number; tag: string; pid: string; text: string } {
  const [, priority, tag = '', pid = '', text = ''] =
    /^<(\d+)>\w{3} [ \d]\d \d\d:\d\d:\d\d (.+?)\[(\d+)\]: (.*)$/s.exec(line) ?? [];
  return { priority: Number(priority), tag, pid, text };
}

describe.skipIf(SYSTEM_LOG_MISSING !== null)(
  `the system's log${SYSTEM_LOG_MISSING === null ? '' : ` (skipped: ${SYSTEM_LOG_MISSING})`}`,
  () => {
    it('gets each line of a submission, facility mail, with tag and process id', async () => {
      const home = createHome(ON);

      const { status, lines } = await withSystemLog(sendmail('bob@example.net'), { env: home.env, input: MESSAGE });

      expect(status).toBe(0);
      const logged = home
        .log()
        .trim()
        .split('\n')
        .map((line) => line.replace(/^\S+ /, ''));
      expect(logged).toHaveLength(2);
      expect(lines.map(read).map(({ tag, pid, text }) => `${tag}[${pid}]: ${text}`)).toEqual(logged);
      expect(lines.map((line) => read(line).priority)).toEqual([22, 22]);
    });

    it('is told under the tag of -L, and takes no text for a format', async () => {
      const home = createHome(ON);
      const address = '%s%n%d%%m@example.net';

      const { lines } = await withSystemLog(sendmail('-L', 'my %s tag', address), { env: home.env, input: MESSAGE });

      expect(lines.map((line) => read(line).tag)).toEqual(['my %s tag', 'my %s tag']);
      expect(read(lines[1] ?? '').text).toContain(`to=${address}, `);
    });

    it('hears a fault as critical, and mail that is lost as an alert', async () => {
      const home = createHome({ ...ON, queue: { minFreeBytes: '999999GB' } });

      const refused = await withSystemLog(sendmail('bob@example.net'), { env: home.env, input: MESSAGE });
      fs.mkdirSync(home.spool, { recursive: true, mode: 0o700 });
      fs.writeFileSync(path.join(home.spool, 'qf6AKNAoWd001945'), 'V8\nT1\n?what\n.\n', { mode: 0o600 });
      fs.writeFileSync(path.join(home.spool, 'df6AKNAoWd001945'), 'Hello.\n', { mode: 0o600 });
      const lost = await withSystemLog(sendmail('-Ac', '-v', '-q'), { env: home.env });

      expect(refused.lines.map(read)).toMatchObject([{ priority: 18, text: expect.stringMatching(/^SYSERR\(/) }]);
      expect(lost.lines.map(read).filter(({ text }) => text.includes('Losing'))).toMatchObject([
        { priority: 17, text: expect.stringMatching(/^6AKNAoWd001945: Losing /) },
      ]);
    });

    it('keeps no mail waiting where nobody listens', async () => {
      const home = createHome(ON);

      const { status, lines } = await withSystemLog(sendmail('bob@example.net'), {
        env: home.env,
        input: MESSAGE,
        listening: false,
      });

      expect({ status, lines }).toEqual({ status: 0, lines: [] });
      expect(home.log()).toContain('to=bob@example.net');
      expect(home.files()).toHaveLength(2);
    });

    it('hears the agent of Node, too, under each of two tags', async () => {
      const script = `
        const { openSystemLog } = await import(SOURCE + 'core/system/system-log.ts');
        const logs = ['one', 'two'].map(openSystemLog);
        const filler = [];
        for (let line = 0; line < 300; line += 1) {
          logs[line % 2]('line %s ' + line + ' gr\u00fc\u00df');
          for (let count = 0; count < 100; count += 1) filler.push(Buffer.from('x'.repeat(count)));
        }
      `;

      const { status, lines } = await withSystemLog(sourceCommand(script), {
        env: { PATH: process.env['PATH'] ?? '' },
      });

      expect(status).toBe(0);
      expect(lines.map(read).map(({ tag, text }) => `${tag}: ${text}`)).toEqual(
        Array.from({ length: 300 }, (_, line) => `${line % 2 === 0 ? 'one' : 'two'}: line %s ${line} gr\u00fc\u00df`),
      );
    });

    it('hears nothing unless it is asked to', async () => {
      const home = createHome({});

      const { lines } = await withSystemLog(sendmail('bob@example.net'), { env: home.env, input: MESSAGE });

      expect(lines).toEqual([]);
    });
  },
);
