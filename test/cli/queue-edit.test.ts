/** `outtray queue edit` and `export`: what a relay refused is mended and goes; what was mistaken stays as it was. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseControlFile } from '../../core/spool/control-file.js';
import { createHome, type OuttrayHome, untilFiles } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';

/** Bytes of no charset, and no line end at the end. */
const BODY = Buffer.from('Words \u00e9\u00ff\u0000\u009f.\n.\nFrom here', 'latin1');
const HEADER =
  'From: Me <me@example.org>\nTo: Bob <bob@exmaple.org>, ann@example.org\nBcc: blind@example.org\n' +
  'Message-ID: <one@example.org>\nDate: Fri, 20 Nov 2026 23:10:50 +0000\nSubject: hello\n\n';

async function queueOne(home: OuttrayHome, ...options: string[]): Promise<string> {
  const text = Buffer.concat([Buffer.from(HEADER, 'latin1'), BODY]);
  const sent = await home.run('sendmail', ['-i', '-t', '-f', 'me@example.org', ...options], text);
  if (sent.status !== 0) throw new Error(`not queued: ${sent.stderr}${sent.stdout}`);
  return onlyId(home);
}

function onlyId(home: OuttrayHome): string {
  const ids = home.files().flatMap((name) => /^[qhQ]f(.+)$/.exec(name)?.[1] ?? []);
  if (ids.length !== 1) throw new Error(`not one message: ${home.files().join(' ')}`);
  return ids[0] ?? '';
}

const bytesOf = (home: OuttrayHome, name: string): Buffer => fs.readFileSync(path.join(home.spool, name));
const controlOf = (home: OuttrayHome, name: string) => parseControlFile(bytesOf(home, name));
const recipientsOf = (home: OuttrayHome, name: string) =>
  controlOf(home, name)
    .recipients.map(({ flags, address }) => `${flags} ${address}`)
    .sort();

/** A shell script that gets the file as `$1`. */
function editor(home: OuttrayHome, script: string): { readonly EDITOR: string } {
  const file = path.join(home.directory, 'editor.sh');
  fs.writeFileSync(file, script);
  return { EDITOR: `LC_ALL=C sh '${file}'` };
}

const drafts = (home: OuttrayHome): string[] => fs.readdirSync(path.join(home.directory, 'state', 'edit'));

describe('outtray queue edit with options', () => {
  it('queues the message anew with other recipients and another subject, the rest byte for byte', async () => {
    const home = createHome();
    const id = await queueOne(home, '-N', 'success', '-R', 'hdrs', '-V', 'env1');
    const before = controlOf(home, `qf${id}`);
    await home.run('outtray', ['queue', 'hold', id]);

    const to = ['bob@example.org', 'ann@example.org, blind@example.org'].flatMap((address) => ['--to', address]);
    const result = await home.run('outtray', ['queue', 'edit', id, ...to, '--subject', 'Gr\u00fc\u00dfe', '--json']);

    const newId = onlyId(home);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(result.stdout)).toEqual({ id, newId });
    expect(newId).not.toBe(id);
    expect(bytesOf(home, `df${newId}`)).toEqual(BODY);
    const after = controlOf(home, `qf${newId}`);
    expect(recipientsOf(home, `qf${newId}`)).toEqual([
      'PFD bob@example.org',
      'PNS ann@example.org',
      'PNS blind@example.org',
    ]);
    expect(after).toMatchObject({ attempts: 0, lastAttemptSeconds: 0, flags: before.flags, envelopeId: 'env1' });
    const changed = after.headers.filter(({ name, value }, index) => {
      const was = before.headers[index];
      return was?.name !== name || was.value !== value;
    });
    expect(changed.map(({ name, value }) => `${name}:${value}`)).toEqual([
      'To: Bob <bob@example.org>, ann@example.org',
      'Subject: =?utf-8?B?R3LDvMOfZQ==?=',
    ]);
    expect(home.log()).toContain(`${id}: edited, ${newId} takes its place`);
  });

  it('sends under another sender, in envelope and From', async () => {
    const home = createHome();
    const id = await queueOne(home);

    await home.run('outtray', ['queue', 'edit', id, '--from', 'work@example.org']);

    const { sender, headers } = controlOf(home, `qf${onlyId(home)}`);
    expect(sender).toBe('work@example.org');
    expect(headers).toContainEqual({ condition: '', name: 'From', value: ' Me <work@example.org>' });
  });

  it('keeps what is to go at its hour until then', async () => {
    const home = createHome();
    const id = await queueOne(home);
    await home.run('outtray', ['queue', 'hold', id, '--until', '2h']);
    const { quarantineReason } = controlOf(home, `hf${id}`);

    await home.run('outtray', ['queue', 'edit', id, '--subject', 'later']);

    expect(controlOf(home, `hf${onlyId(home)}`).quarantineReason).toBe(quarantineReason);
    expect(onlyId(home)).not.toBe(id);
  });

  it('takes a recipient beyond ASCII, in envelope and header', async () => {
    const home = createHome();
    const id = await queueOne(home);
    const address = 'j\u00fcrgen.gro\u00df@example.org';

    const to = ['--to', address, '--to', 'ann@example.org', '--to', 'blind@example.org'];
    expect(await home.run('outtray', ['queue', 'edit', id, ...to])).toMatchObject({ status: 0, stderr: '' });

    const bytes = Buffer.from(address).toString('latin1');
    expect(recipientsOf(home, `qf${onlyId(home)}`)).toContain(`PFD ${bytes}`);
    const { stdout } = await home.run('outtray', ['queue', 'export', onlyId(home)]);
    expect(stdout).toContain(`\nTo: Bob <${bytes}>, ann@example.org\n`);
  });

  it('does nothing when all is so already', async () => {
    const home = createHome();
    const id = await queueOne(home);
    const before = bytesOf(home, `qf${id}`);

    const result = await home.run('outtray', ['queue', 'edit', id, '--subject', 'hello']);

    expect(result).toMatchObject({ status: 0, stdout: `${id}: unchanged\n` });
    expect(bytesOf(home, `qf${id}`)).toEqual(before);
  });

  it('refuses an address that is none, naming it, and touches nothing', async () => {
    const home = createHome();
    const id = await queueOne(home);

    const result = await home.run('outtray', ['queue', 'edit', id, '--to', 'bob@@example.org']);

    expect(result.status).toBe(64);
    expect(result.stderr).toContain('"bob@@example.org" is no address: Invalid route address');
    expect(home.files()).toEqual([`df${id}`, `qf${id}`]);
  });

  it('says what is not there, and what is lost', async () => {
    const home = createHome();
    const id = await queueOne(home);
    fs.writeFileSync(path.join(home.spool, `qf${id}`), 'V8\nYbad\n.\n');

    const gone = await home.run('outtray', ['queue', 'edit', 'nope', '--subject', 'x']);
    const lost = await home.run('outtray', ['queue', 'edit', id, '--subject', 'x']);

    expect(gone).toMatchObject({ status: 66, stderr: 'outtray: no message nope in the queue\n' });
    expect(lost.status).toBe(65);
    expect(lost.stderr).toContain('is lost');
  });

  it('does not make two messages of one that may have been sent already', async () => {
    const home = createHome();
    const id = await queueOne(home);
    const evidence = 'Final dot sent 2026-11-20T23:10:50.123Z to home for ann@example.org\n';
    fs.writeFileSync(path.join(home.spool, `xf${id}`), evidence, { mode: 0o600 });
    const before = bytesOf(home, `qf${id}`);

    const result = await home.run('outtray', ['queue', 'edit', id, '--subject', 'x']);

    expect(result.status).toBe(69);
    expect(result.stderr).toContain('it may have been sent already');
    expect(result.stderr).toContain(`outtray queue send ${id}`);
    expect(bytesOf(home, `qf${id}`)).toEqual(before);
  });
});

describe('outtray queue edit in an editor', () => {
  it('has the envelope and the whole message in a file of its owner, and takes what was written', async () => {
    const home = createHome();
    const id = await queueOne(home);
    const seen = path.join(home.directory, 'seen');
    const script = `cp "$1" '${seen}'; for one in "$1" "$(dirname "$1")"; do ls -ld "$one" | cut -c1-10; done
      sed -e '/^X-Outtray-Envelope-To: .*exmaple/d' -e 's/^Subject: .*/Subject: Later/' -e 's/^Words/More words/' "$1" > "$1.new"
      mv "$1.new" "$1"`;

    const result = await home.run('outtray', ['queue', 'edit', id], '', editor(home, script));

    const newId = onlyId(home);
    expect(result.stdout).toBe(`-rw-------\ndrwx------\n${id}: changed, and queued as ${newId}\n`);
    const text = fs.readFileSync(seen, 'latin1');
    expect(text).toContain('\nX-Outtray-Envelope-From: me@example.org\n');
    expect(text).toContain('\nX-Outtray-Envelope-To: blind@example.org\n');
    expect(text.endsWith(`\nSubject: hello\n\n${BODY.toString('latin1')}`)).toBe(true);
    expect(recipientsOf(home, `qf${newId}`)).toEqual(['PFD ann@example.org', 'PFD blind@example.org']);
    expect(controlOf(home, `qf${newId}`).headers).toContainEqual({ condition: '', name: 'Subject', value: ' Later' });
    // sed ends the last line.
    expect(bytesOf(home, `df${newId}`).toString('latin1').trimEnd()).toBe(
      BODY.toString('latin1').replace('Words', 'More words'),
    );
    expect(drafts(home)).toEqual([]);
  });

  it.each(['qf', 'hf'])('leaves a message as it was when nothing was changed (%s)', async (kind) => {
    const home = createHome();
    const id = await queueOne(home);
    if (kind === 'hf') await home.run('outtray', ['queue', 'hold', id]);
    const before = bytesOf(home, `${kind}${id}`);

    const result = await home.run('outtray', ['queue', 'edit', id], '', editor(home, 'echo >> "$1"'));

    expect(result).toMatchObject({ status: 0, stdout: `${id}: unchanged\n` });
    expect(home.files()).toEqual([`df${id}`, `${kind}${id}`].sort());
    expect(bytesOf(home, `${kind}${id}`)).toEqual(before);
    expect(bytesOf(home, `df${id}`)).toEqual(BODY);
    expect(drafts(home)).toEqual([]);
  });

  it.each([
    ['an editor that fails', 'exit 3', 69, 'ended with exit status 3'],
    ['an empty file', ': > "$1"', 65, 'the file is empty'],
    ['no file', 'rm "$1"', 65, 'the editor left no file'],
    ['no recipient', 'sed -i /Envelope-To/d "$1"', 65, 'no recipient is left'],
    ['no header', '{ echo; cat "$1"; } > "$1.new"; mv "$1.new" "$1"', 65, 'begins with an empty line'],
    ['a bad line', 'sed -i "s/^Subject:/Subject/" "$1"', 65, '"Subject hello", is no header field'],
    ['a bad address', 'sed -i "s/^\\(X-.*-To: \\)ann@/\\1ann@@/" "$1"', 65, '"ann@@example.org" is no address'],
  ])('keeps the message when there is %s', async (_, script, status, words) => {
    const home = createHome();
    const id = await queueOne(home);
    const before = bytesOf(home, `qf${id}`);

    const result = await home.run('outtray', ['queue', 'edit', id], '', editor(home, script));

    expect(result.status).toBe(status);
    expect(result.stderr).toContain(words);
    expect(result.stderr).toContain(`${id} is kept as it was\n`);
    expect(home.files()).toEqual([`df${id}`, `qf${id}`]);
    expect(bytesOf(home, `qf${id}`)).toEqual(before);
  });

  it('goes at another hour where X-Outtray-Send-At says another, and at once where it says none', async () => {
    const home = createHome();
    const text = 'X-Outtray-Send-At: 2h\nX-Outtray-Require-TLS: yes\nTo: ann@example.org\n\nWords.\n';
    await home.run('sendmail', ['-i', '-t'], text);
    const reasonOf = (name: string) => controlOf(home, name).quarantineReason;
    const first = reasonOf(`hf${onlyId(home)}`);

    await home.run('outtray', ['queue', 'edit', onlyId(home)], '', editor(home, 'sed -i s/2h/3h/ "$1"'));
    const later = reasonOf(`hf${onlyId(home)}`);
    await home.run('outtray', ['queue', 'edit', onlyId(home)], '', editor(home, 'sed -i /Send-At/d "$1"'));

    expect(first).toMatch(/^scheduled: until /);
    expect(later).toMatch(/^scheduled: until /);
    expect((later ?? '') > (first ?? '')).toBe(true);
    const { headers, quarantineReason } = controlOf(home, `qf${onlyId(home)}`);
    expect(quarantineReason).toBeUndefined();
    expect(headers.map(({ name }) => name)).toContain('X-Outtray-Require-TLS');
  });

  it('says which editor does not start, and keeps the message', async () => {
    const home = createHome();
    const id = await queueOne(home);

    const result = await home.run('outtray', ['queue', 'edit', id], '', { VISUAL: 'no-such-editor -f' });

    expect(result.status).toBe(69);
    expect(result.stderr).toContain('the editor "no-such-editor -f" does not start');
    expect(home.files()).toEqual([`df${id}`, `qf${id}`]);
    expect(drafts(home)).toEqual([]);
  });

  it('survives Ctrl-C, which is for the editor alone', async () => {
    const home = createHome();
    const id = await queueOne(home);
    fs.writeFileSync(
      path.join(home.directory, 'interrupted.sh'),
      `trap '' INT; kill -INT "$PPID"; sed -i s/^Words/Interrupted/ "$1"`,
    );

    const result = await home.run('outtray', ['queue', 'edit', id], '', { EDITOR: 'sh interrupted.sh' });

    expect(result.status).toBe(0);
    expect(bytesOf(home, `df${onlyId(home)}`).toString('latin1')).toMatch(/^Interrupted/);
  });

  it('loses nothing that was written for one bad address', async () => {
    const home = createHome();
    const id = await queueOne(home);
    const slip = editor(home, 'sed -i -e "s/^Words/Many words/" -e "s/^\\(X-.*-To: \\)ann@/\\1ann@@/" "$1"');
    const failed = await home.run('outtray', ['queue', 'edit', id], '', slip);
    expect(failed.stderr).toContain(path.join(home.directory, 'state', 'edit', `${id}.eml`));

    const result = await home.run('outtray', ['queue', 'edit', id], '', editor(home, 'sed -i s/ann@@/anna@/ "$1"'));

    expect(result.stderr).toContain('this is what you wrote last time');
    expect(bytesOf(home, `df${onlyId(home)}`).toString('latin1')).toMatch(/^Many words/);
    expect(recipientsOf(home, `qf${onlyId(home)}`)).toContain('PFD anna@example.org');
    expect(drafts(home)).toEqual([]);
  });

  it('takes the line ends of another system for line ends', async () => {
    const home = createHome();
    const id = await queueOne(home);
    const script = 'sed -i -e "s/^Subject: .*/Subject: CRLF/" -e "s/\\$/\\r/" "$1"';

    await home.run('outtray', ['queue', 'edit', id], '', editor(home, script));

    const newId = onlyId(home);
    expect(bytesOf(home, `df${newId}`).toString('latin1').replace(/\r$/, '')).toBe(BODY.toString('latin1'));
    expect(controlOf(home, `qf${newId}`).headers).toContainEqual({ condition: '', name: 'Subject', value: ' CRLF' });
  });

  it('is left alone by runs, other edits and people while it is edited; a kill leaves it on hold', async () => {
    const relay = await startRelay();
    const home = createHome({
      relays: { home: { host: '127.0.0.1', port: relay.port, security: 'none' } },
      defaultRelay: 'home',
    });
    const id = await queueOne(home);
    const fifo = path.join(home.directory, 'fifo');
    spawnSync('mkfifo', [fifo]);
    const edit = home.start('outtray', ['queue', 'edit', id], editor(home, `echo editing; read line < '${fifo}'`));
    await edit.line(/^editing/);

    const run = await home.run('outtray', ['queue', 'send', '--json']);
    const again = await home.run('outtray', ['queue', 'edit', id, '--subject', 'x']);
    const release = await home.run('outtray', ['queue', 'release', id]);
    const list = await home.run('outtray', ['queue', 'list']);
    const killed = once(edit.process, 'exit');
    edit.process.kill('SIGKILL');
    await killed;
    fs.writeFileSync(fifo, 'end\n');
    await edit.ended;

    expect(JSON.parse(run.stdout).summary).toMatchObject({ sent: 0 });
    expect(again.status).toBe(75);
    expect(release.status).toBe(75);
    expect(list.stdout).toContain('Held: being edited');
    expect(relay.received).toEqual([]);
    expect(controlOf(home, `hf${id}`).quarantineReason).toBe('held: being edited');
  });

  it('puts everything back when it is told to end', async () => {
    const home = createHome();
    const id = await queueOne(home);
    const before = bytesOf(home, `qf${id}`);
    const edit = home.start('outtray', ['queue', 'edit', id], {
      EDITOR: `exec sh -c 'echo editing; exec tail -f "$0"'`,
    });
    await edit.line(/^editing/);

    expect(await edit.stop()).toBe(69);

    expect(bytesOf(home, `qf${id}`)).toEqual(before);
    expect(drafts(home)).toEqual([]);
  });
});

describe('outtray queue edit beside an agent', () => {
  it('lets a message go that the relay had refused', async () => {
    const relay = await startRelay({ replyTo: { 'bob@exmaple.org': { code: 550, text: '5.1.1 User unknown' } } });
    const home = createHome({
      relays: { home: { host: '127.0.0.1', port: relay.port, security: 'none' } },
      defaultRelay: 'home',
    });
    const agent = home.start('outtray', ['agent']);
    await agent.line(/running|Outbox|sends/i);
    await home.run('sendmail', ['-i', '-f', 'me@example.org', 'bob@exmaple.org'], 'To: bob@exmaple.org\n\nWords.\n');
    await untilFiles(home.spool, () => home.files().some((name) => name.startsWith('hf')));
    const id = onlyId(home);

    const result = await home.run('outtray', ['queue', 'edit', id, '--to', 'bob@example.org']);
    await relay.waitForMessages(1);

    expect(result).toMatchObject({ status: 0, stderr: '' });
    const [mail] = relay.received;
    expect(mail?.rcptTo).toEqual(['bob@example.org']);
    expect(mail?.raw.toString()).toMatch(/^To: bob@example\.org\r$/m);
    expect(await agent.stop()).toBe(0);
  });
});

describe('outtray queue export', () => {
  const WANTED = `From: Me <me@example.org>\nTo: Bob <bob@exmaple.org>, ann@example.org\nMessage-ID: <one@example.org>\nDate: Fri, 20 Nov 2026 23:10:50 +0000\nSubject: hello\n\n${BODY.toString('latin1')}\n`;

  it.each([
    ['qf', 'queued'],
    ['hf', 'held'],
    ['Qf', 'lost'],
  ])('writes a message as it would be sent, without Bcc (%s: %s)', async (kind) => {
    const home = createHome();
    const id = await queueOne(home);
    fs.renameSync(path.join(home.spool, `qf${id}`), path.join(home.spool, `${kind}${id}`));

    const { status, stdout } = await home.run('outtray', ['queue', 'export', id]);

    expect(status).toBe(0);
    expect(stdout.slice(stdout.indexOf('From: Me'))).toBe(WANTED);
    expect(stdout).toMatch(/^Received: /);
    expect(stdout).not.toContain('blind');
  });

  it('makes a file for its owner, and writes over none', async () => {
    const home = createHome();
    const id = await queueOne(home);
    const file = path.join(home.directory, 'one.eml');

    const first = await home.run('outtray', ['queue', 'export', id, file]);
    const written = fs.readFileSync(file, 'latin1');
    const second = await home.run('outtray', ['queue', 'export', id, file]);

    expect(first).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(written.endsWith(WANTED)).toBe(true);
    expect(second.status).toBe(73);
    expect(second.stderr).toContain(`${file} is there already and is not written over; name another file`);
    expect(fs.readFileSync(file, 'latin1')).toBe(written);
  });

  it('says what is not there, and what cannot be read', async () => {
    const home = createHome();
    const id = await queueOne(home);
    fs.writeFileSync(path.join(home.spool, `qf${id}`), Buffer.alloc(100));

    expect((await home.run('outtray', ['queue', 'export', 'nope'])).status).toBe(66);
    expect((await home.run('outtray', ['queue', 'export', id])).status).toBe(65);
  });
});
