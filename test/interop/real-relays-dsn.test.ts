/** What is asked of delivery status notifications (RFC 3461) reaches real mail servers, and they do it. */
import { expect, it } from 'vitest';
import { at, flush, homeWith, newMark, submit, withEachServer } from '../support/real-relays/every-server.js';

withEachServer('delivery status notification', ({ server, relay, door }) => {
  it('is sent about the recipient that asked for it, under the envelope id of the sender, without the body', async () => {
    const mark = newMark();
    const home = homeWith(relay().settings(door));
    const envelope = ['-f', at('me'), '-N', 'success', '-R', 'hdrs', '-V', `id.${mark}`];
    await submit(home, ['ann'], `Subject: asked ${mark}\n\nsecret body\n`, envelope);
    await submit(home, ['bob'], `Subject: never ${mark}\n\nsecret body\n`, ['-f', at('me'), '-N', 'never']);

    const { stdout } = await flush(home);

    const [report = '', ...others] = await relay().mailOf('me', mark);
    await relay().mailOf('bob', mark);
    expect(stdout).toMatch(new RegExp(`>>> MAIL From:<me@example\\.org> .*ENVID=id\\.${mark} RET=HDRS`));
    expect(stdout).toMatch(/>>> RCPT To:<ann@example\.org> NOTIFY=SUCCESS$/m);
    expect(stdout).toMatch(/>>> RCPT To:<bob@example\.org> NOTIFY=NEVER$/m);
    expect(report).toMatch(/^Action: delivered/im);
    // OpenSMTPD takes an envelope id and does not give it back.
    if (server.name !== 'OpenSMTPD') expect(report.toLowerCase()).toContain(`original-envelope-id: id.${mark}`);
    expect(report).toContain(`asked ${mark}`);
    expect(report).not.toContain('secret body');
    expect(others).toEqual([]);
  });
});
