/** A message whose lines are too long for SMTP is announced as long as it goes out, at its first attempt, too. */
import { describe, expect, it } from 'vitest';
import { createHome } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';

describe('a message with long lines that is tried at submission', () => {
  it('is announced as long as it arrives', async () => {
    const relay = await startRelay({ size: 1_000_000 });
    const home = createHome({
      relays: { home: { host: '127.0.0.1', port: relay.port, security: 'none' } },
      defaultRelay: 'home',
    });
    const body = `${'Gr\u00fc\u00dfe '.repeat(500)}\n`;

    const { stdout } = await home.run(
      'sendmail',
      ['-i', '-v', '-f', 'me@example.org', 'bob@example.org'],
      `Subject: long\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n${body}`,
    );

    const announced = Number(/SIZE=(\d+)/.exec(stdout)?.[1]);
    const arrived = relay.received[0]?.raw.length ?? 0;
    expect(arrived).toBeGreaterThan(body.length);
    expect(announced).toBeGreaterThanOrEqual(arrived);
  });
});
