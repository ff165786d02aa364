/** Addresses and names beyond ASCII (RFC 6531, RFC 6532), of which sendmail 8.17 refuses those with bytes 0x80 to 0x9F. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wireAddress } from '../../../core/queue/envelope.js';
import type { ControlFile } from '../../../core/spool/control-file.js';
import { parseControlFile } from '../../../core/spool/control-file-parse.js';
import { wireHeader } from '../../../core/spool/wire-header.js';
import { parseCommandLine } from '../../../core/submission/options.js';
import { submit } from '../../../core/submission/submit.js';
import { controlLines, createTestEnvironment, inputOf, spooled } from './support.js';

const HOST = 'laptop.example.org';

let directory = '';
let said: string[] = [];

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-international-'));
  said = [];
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

describe('an address in UTF-8', () => {
  it.each(['Ünal@example.net', 'jürgen@bücher.example', 'user@ÀÉ.example', '用户@例え.jp', '"ÄÖ ß"@example.net'])(
    '%s is taken from the command line and from the header, and goes out as it was given',
    async (address) => {
      const operand = await run(['-i', bytes(address)], 'Subject: x\n\nHello.\n');
      const fromHeader = await run(['-i', '-t'], `To: ${bytes(`Bob Größe <${address}>, ${address}`)}\n\nHello.\n`);

      expect([operand, fromHeader]).toEqual([0, 0]);
      expect(said).toEqual([]);
      for (const control of controls()) expect(reached(control)).toEqual([address]);
    },
  );

  it('is taken for a sender, who stands so in From, Received and the warning', async () => {
    const address = 'Сергей.Á@пример.рф';

    await run(['-f', bytes(address), bytes(address)], 'Subject: x\n\nHello.\n');

    const [control] = controls();
    expect(control?.sender).toBe(bytes(address));
    const header = headerText();
    expect(header).toContain(`From: ${address}\r\n`);
    expect(header).toContain(`for ${address}; `);
    expect(header).toContain(`alice set sender to ${address} using -f`);
  });

  it.each([
    ['\x93Bob\x94@example.net', 'bytes that are no UTF-8'],
    ['b\xc3@example\x9f.net', 'halves of characters'],
    ['b\xc2\x85b@example.net', 'a control character in UTF-8'],
    ['b\xed\xa0\x80b@example.net', 'a surrogate'],
    ['b\xc0\x80b@example.net', 'more bytes than a character needs'],
  ])('%j is refused for %s, and the good ones are queued', async (address) => {
    const status = await run([address, 'bob@example.net'], 'Subject: x\n\nHello.\n');

    expect(status).toBe(64);
    expect(said.join('')).toMatch(/^8-bit character in mailbox address "/);
    expect(controls()[0]?.recipients.map((recipient) => recipient.address)).toEqual(['bob@example.net']);
  });

  it('says nothing on a terminal but printable characters when it is wrong otherwise', async () => {
    await run([bytes('ÊÊ@@b'), 'bob@example.net'], 'Subject: x\n\nHello.\n');

    expect(said.join('')).toMatch(/^[ -~]+\n$/);
  });
});

describe('a name in UTF-8', () => {
  it('costs no recipient under -t, whatever its bytes', async () => {
    const names = ['Große', 'JÉ ☃', 'Ágnes Ünal', 'Борис Сидоров', '名前', '"À, É"', '👩‍👩‍👧'];
    const to = names.map((name, index) => `${name} <r${index}@example.net>`).join(', ');

    const status = await run(['-t'], bytes(`To: ${to}\nCc: x@example.org (Übel Ü)\n\nHello.\n`));

    expect(status).toBe(0);
    const addresses = controls().flatMap(reached);
    expect(addresses.toSorted()).toEqual([...names.map((_, index) => `r${index}@example.net`), 'x@example.org']);
    for (const name of names) expect(headerText()).toContain(name);
  });

  it('stays out of the queue where sendmail could not read it, so that it can still send the message', async () => {
    await run(['-t'], bytes('To: Große <bob@example.net>, José <carol@example.net>\n\nHello.\n'));

    const text = controlLines(directory);
    expect(text.filter((line) => line.startsWith('R'))).toEqual([
      bytes('RPFD:José <carol@example.net>'),
      'RPFD:bob@example.net',
    ]);
  });

  it.each(['Ágnes Kovács', 'Сергей'])('of the sender, %s, arrives whole', async (name) => {
    await run(['-F', bytes(name), 'bob@example.net'], 'Subject: x\n\nHello.\n');

    expect(headerText()).toContain(`From: ${name} <alice@${HOST}>\r\n`);
  });
});

function bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

async function run(words: readonly string[], input: string): Promise<number> {
  const { action } = parseCommandLine('sendmail', 'sendmail', words);
  if (action.mode !== 'deliver') throw new Error(`mode ${action.mode}`);
  const environment = createTestEnvironment(directory, { input: inputOf(input), say: (text) => said.push(text) });
  return (await submit(action.request, environment)).status;
}

function controls(): ControlFile[] {
  return spooled(directory)
    .filter((name) => name.startsWith('qf'))
    .map((name) => parseControlFile(fs.readFileSync(path.join(directory, 'spool', name))));
}

function reached(control: ControlFile): string[] {
  return control.recipients.map(({ address }) => wireAddress(control, address, { hostname: HOST }));
}

function headerText(): string {
  const [control] = controls();
  return control === undefined ? '' : wireHeader(control, { hostname: HOST }).toString('utf8');
}
