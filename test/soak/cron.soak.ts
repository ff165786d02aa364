/**
 * The cron daemon itself, as Debian packages it, in namespaces of its own: what a job of alice's
 * prints is mailed by cron, is in her queue and arrives. It begins jobs with a minute, so this may take one.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { body, field, SYSTEM_SENDMAIL, unless, whyNoCaller } from '../support/caller-desk.js';
import { createLaptop, type Laptop } from '../support/laptop.js';
import { BIN } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';

const noCron = whyNoCaller(['/usr/sbin/cron', 'cron']);

describe.skipIf(noCron !== null)(`cron${unless(noCron)}`, () => {
  let laptop: Laptop | null = null;
  beforeAll(() => {
    laptop = createLaptop();
    laptop.overlayFile(SYSTEM_SENDMAIL, path.join(BIN, 'sendmail'));
    laptop.overlay('/etc/crontab', '* * * * * alice printf "fertig: gr\\303\\274n\\n.\\nend\\n"\n');
    laptop.overlay('/etc/shadow', 'root:*:19000:0:99999:7:::\nalice:*:19000:0:99999:7:::\n');
  });
  afterAll(() => laptop?.remove());

  it('mails what a job prints to the user it is of', async () => {
    if (laptop === null) throw new Error('no laptop');
    const relay = await startRelay();
    const spool = path.join(laptop.home, '.local/share/outtray/clientmqueue');
    // Its other jobs and what it writes for itself are out of the way.
    const script = `
      for place in /etc/cron.d /var/spool/cron /run; do mount -t tmpfs none $place; done
      mkdir -m 1730 /var/spool/cron/crontabs
      cron -f & daemon=$!
      until ls ${spool}/qf* >/dev/null 2>&1; do sleep 0.2; done
      kill $daemon`;

    const ran = await laptop.run([
      'unshare',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'sh',
      '-c',
      script,
    ]);
    const settings = `{ "relays": { "home": { "host": "localhost", "port": ${relay.port}, "security": "none" } }, "defaultRelay": "home" }`;
    await laptop.run(
      [
        'sh',
        '-c',
        'mkdir -p ~/.config/outtray; cat >~/.config/outtray/settings.json; exec "$0" -Ac -qf',
        SYSTEM_SENDMAIL,
      ],
      settings,
      { user: 'alice', env: { HOME: laptop.home } },
    );

    expect(ran.status, ran.stderr).toBe(0);
    const [mail] = relay.received;
    if (mail === undefined) throw new Error('the relay got nothing');
    expect(mail.rcptTo).toEqual(['alice@laptop.example.org']);
    expect(field(mail.raw, 'from')).toMatch(/\(Cron Daemon\)|Cron Daemon/);
    expect(field(mail.raw, 'subject')).toMatch(/^Cron <alice@\S+> printf /);
    expect(body(mail.raw)).toBe('fertig: gr\u00c3\u00bcn\r\n.\r\nend\r\n');
  });
});
