/**
 * One job as mailq shows it, from the lines of its control file and in the order in which they
 * stand: sender, reason of a hold, status, recipients. Widths are sendmail's. Addresses are printed
 * as it prints them, `\ooo` for what is no printable ASCII; of statuses and reasons, which it prints
 * raw, only that comes out in octal which could command a terminal. Pure.
 */

import { compileLightly } from '../spool/light-code.js';
import type { Look } from '../spool/queue-scan.js';
import type { ScannedJob } from '../spool/scan-rules.js';
import type { Dates } from './listing-dates.js';

/** sendmail's line buffer, without the NUL. */
const LONGEST_LINE = 2047;

const [V, T, M, q, B, F, S, C, R] = [0x56, 0x54, 0x4d, 0x71, 0x42, 0x46, 0x53, 0x43, 0x52];

/** All that comes after id and mark, with the line feed at the end. */
export function describeListed(job: ScannedJob, look: Look, verbose: boolean, dates: Dates): string {
  const width = verbose ? 100 : 60;
  const lines = look.lines.longest > LONGEST_LINE ? look.lines.cutAt(LONGEST_LINE) : look.lines;
  let [text, version, createdAt] = ['', 0, 0];
  let [status, reason, bodyType, warned] = ['', '', '', false];

  for (let line = 0; line < lines.count; line += 1) {
    switch (lines.letter(line)) {
      case V:
        version = lines.number(line);
        break;
      case T:
        createdAt = lines.number(line);
        break;
      case M:
        status = lines.value(line);
        break;
      case q:
        reason = lines.value(line);
        break;
      case B:
        bodyType = lines.value(line);
        break;
      case F:
        warned ||= lines.value(line).includes('w');
        break;
      case S: {
        const date = dates(createdAt);
        text += String(look.dataBytes).padStart(8);
        if (verbose) text += ` ${String(job.priority).padStart(10)}${warned ? '+' : ' '}${date.slice(4)} `;
        else text += ` ${date} `;
        text += columns(lines.value(line), verbose ? 78 : 39);
        if (reason !== '') text += `\n     QUARANTINE: ${harmless(reason, width)}`;
        if (status !== '' || bodyType !== '') text += `\n    ${harmless(bodyType, 10).padStart(10)}`;
        if (status !== '') text += `   (${harmless(status, width)})`;
        [reason, status] = ['', ''];
        break;
      }
      case C:
        if (verbose) text += `\n\t\t\t\t\t\t(---${harmless(lines.value(line), 64)}---)`;
        break;
      case R: {
        const value = lines.value(line);
        const colon = value.indexOf(':');
        if (version >= 1 && colon < 0) break;
        const address = version >= 1 ? value.slice(colon + 1) : value;
        text += verbose ? `\n\t\t\t\t\t\t${columns(address, 71)}` : `\n\t\t\t\t\t ${columns(address, 38)}`;
        if (!verbose || status === '') break;
        text += `\n\t\t (${harmless(status, 100)})`;
        status = '';
        break;
      }
    }
  }
  return `${text}${createdAt === 0 ? ' (no control file)' : ''}\n`;
}

/** sendmail counts what an escaped byte takes, and prints it only when all of it fits. */
function columns(text: string, width: number): string {
  if (text.length <= width && /^[ -[\]-~]*$/.test(text)) return text;
  let left = width;
  let shown = '';
  for (const character of text) {
    if (left <= 0) break;
    left -= 1;
    if (character === '\\') {
      if (left > 0) shown += '\\\\';
      left -= 1;
    } else if (/[ -~]/.test(character)) shown += character;
    else {
      left -= 3;
      if (left > 0) shown += octal(character);
    }
  }
  return shown;
}

/** Well-formed UTF-8 of two and more bytes, without the controls U+0080 to U+009F. */
const UTF8 =
  /\u00c2[\u00a0-\u00bf]|[\u00c3-\u00df][\u0080-\u00bf]|\u00e0[\u00a0-\u00bf][\u0080-\u00bf]|[\u00e1-\u00ef][\u0080-\u00bf]{2}|\u00f0[\u0090-\u00bf][\u0080-\u00bf]{2}|[\u00f1-\u00f4][\u0080-\u00bf]{3}/;
const KEPT_OR_OCTAL = new RegExp(`${UTF8.source}|([\0-\\b\n-\u001f\u007f-\u009f])`, 'g');

/** The first `width` bytes. TAB and bytes of other character sets stay. */
function harmless(text: string, width: number): string {
  const cut = text.slice(0, width);
  if (/^[\t -~]*$/.test(cut)) return cut;
  return cut.replace(KEPT_OR_OCTAL, (kept, control: string | undefined) =>
    control === undefined ? kept : octal(kept),
  );
}

function octal(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

compileLightly(describeListed, columns, harmless);
