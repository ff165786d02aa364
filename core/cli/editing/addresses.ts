/**
 * Addresses that a person writes into the envelope of a message. A program's are mended where that can be
 * done, as sendmail does; a person can say what was meant. Throws CommandError that names the address.
 * Text is one character a byte.
 */
import { type AddressReading, readSender } from '../../mail/address.js';
import { readAddressList } from '../../mail/address-list.js';
import { bytesToText } from '../../mail/display.js';
import { CommandError, type ExitStatus } from '../../system/exit-status.js';

/** `status`: of a command that was given a bad one. */
export function readRecipients(text: string, hostname: string, status: ExitStatus): string[] {
  const readings = readAddressList(text, false, hostname);
  if (readings.length === 0) throw badAddress(text, 'there is no address in it', status);
  return readings.map((reading) => addressOf(reading, status));
}

export function readNewSender(text: string, hostname: string, status: ExitStatus): string {
  if (text.trim() === '<>') return '<>';
  return addressOf(readSender(text.trim(), hostname), status);
}

function addressOf({ text, address, refusal, repairs }: AddressReading, status: ExitStatus): string {
  const [wrong = refusal?.words] = repairs;
  if (wrong !== undefined) throw badAddress(text, wrong.replace(/^.*\.\.\. /s, ''), status);
  if (address === null) throw badAddress(text, 'there is no address in it', status);
  return address.text.trim();
}

function badAddress(text: string, words: string, status: ExitStatus): CommandError {
  return new CommandError(status, `"${bytesToText(text.trim())}" is no address: ${bytesToText(words)}`);
}
