/**
 * `sendmail -bt`: sendmail's address test mode with the one question that has an answer here, what an
 * address is taken for. There are no rulesets, macros or maps; asked for them it says so in
 * sendmail's words.
 */
import { createInterface } from 'node:readline';
import { type AddressReading, readAddress } from '../mail/address.js';
import { addressFrame } from '../mail/address-frame.js';
import type { CommonOptions } from '../submission/request.js';
import { ExitStatus } from '../system/exit-status.js';
import { tolerateLeavingReaders, writeOut } from './standard-output.js';
import { findSurroundings } from './submission-environment.js';

const HELP = `?		 :this help message.
/parse address	 :parse address, returning the value of crackaddr, and
		  the parsed address.
/quit		 :quit address test mode.
`;

export async function testAddresses(common: CommonOptions): Promise<number> {
  tolerateLeavingReaders();
  const { hostname } = (await findSurroundings(common)).environment;
  writeOut('ADDRESS TEST MODE (ruleset 3 NOT automatically invoked)\nEnter <ruleset> <address>\n> ');
  const lines = createInterface({ input: process.stdin.setEncoding('latin1'), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    if (/^\/quit/i.test(line)) break;
    writeOut(`${answer(line, hostname)}> `);
  }
  lines.close();
  return ExitStatus.OK;
}

function answer(line: string, hostname: string): string {
  const [, word = '', text = ''] = /^(\S*)\s*(.*)$/.exec(line.trimEnd()) ?? [];
  if (word === '' || word.startsWith('#')) return '';
  if (word.startsWith('?')) return HELP;
  if (/^\/parse$/i.test(word)) return text === '' ? 'Usage: /parse address\n' : parsed(text, hostname);
  const mark = word.charAt(0);
  if ('/-=.'.includes(mark)) return `Unknown "${mark}" command ${word}\n`;
  if (mark === '$') return 'Undefined\n';
  return text === '' ? 'No address!\n' : `Undefined ruleset ${word}\n`;
}

function parsed(text: string, hostname: string): string {
  const reading = readAddress(text, null, hostname);
  return `Cracked address = ${addressFrame(text)('$g')}\nParsing envelope recipient address\n${verdict(reading)}\n`;
}

function verdict({ address, refusal, repairs }: AddressReading): string {
  if (address === null) return [...repairs, refusal?.words ?? 'Cannot parse'].join('\n');
  const where = address.local ? 'mailer local' : `mailer esmtp, host ${address.host}`;
  return [...repairs, `${where}, user ${address.user}`].join('\n');
}
