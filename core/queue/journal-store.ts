/**
 * The journal's files, in a directory of their own under the state directory:
 *
 *   journal/6AKNAoWd001945   one queued message: a record a line
 *   journal/gone, gone.1     those that left lately: {"id":...,"record":...} a line
 *
 * An attempt costs one append. Each begins with a line end, so that one torn by a full disk spoils itself
 * only. A file of more than 64 kB is compacted, `gone` is rotated at 512 kB. What cannot be written or read is
 * not worth a message: failures end here.
 */
import fs from 'node:fs';
import path from 'node:path';
import { decodeXtext, encodeXtext } from '../mail/xtext.js';
import { appendPlain, readPlainEnd } from '../system/plain-file.js';
import { type Exclusively, rotate } from '../system/rotate.js';
import type { QueueId } from './entry.js';
import { type Journal, type JournalRecord, lineOf, parseRecords, parseRecordsOf } from './journal.js';
import { boundRecords, formatRecord, formatWithin } from './journal-bounds.js';

const MESSAGE_BYTES = 64 * 1024;
/** Room for a while before it is full again. */
const COMPACTED_BYTES = 48 * 1024;
const CONCLUDED_BYTES = 16 * 1024;
/** A compacted file before it takes the place of the other. */
const HALF = '.new';
const GONE = 'gone';
const GONE_BYTES = 512 * 1024;

export interface JournalOptions {
  /** For the files of many messages; without it two processes may rotate them twice. */
  readonly exclusively?: Exclusively;
}

export function openJournal(stateDirectory: string, options: JournalOptions = {}): Journal {
  const { exclusively = (act) => act() } = options;
  const directory = path.join(stateDirectory, 'journal');
  const gone = path.join(directory, GONE);
  const fileOf = (id: QueueId): string => path.join(directory, fileName(id));
  const own = (id: QueueId): JournalRecord[] => parseRecords(readPlainEnd(fileOf(id), 2 * MESSAGE_BYTES) ?? '');
  const remember = (id: QueueId, lines: readonly string[]): void => {
    if (lines.length === 0) return;
    const size = append(gone, lines.map((line) => `\n${lineOf(id, line)}\n`).join(''));
    if (size > GONE_BYTES) rotate(gone, { maxBytes: GONE_BYTES, keep: 1 }, exclusively);
  };
  return {
    append: (id, record) =>
      harmlessly(() => {
        const size = append(fileOf(id), `\n${formatRecord(record)}\n`);
        if (size > MESSAGE_BYTES) replace(fileOf(id), formatWithin(own(id), COMPACTED_BYTES));
      }),
    conclude: (id, record) =>
      harmlessly(() => {
        const earlier = readPlainEnd(fileOf(id), 2 * MESSAGE_BYTES);
        if (earlier === null) return remember(id, [formatRecord(record)]);
        remember(id, formatWithin([...parseRecords(earlier), record], CONCLUDED_BYTES));
        fs.unlinkSync(fileOf(id));
      }),
    forget: (id) => harmlessly(() => fs.unlinkSync(fileOf(id))),
    read(id) {
      const left = [`${gone}.1`, gone].flatMap((file) => parseRecordsOf(id, readPlainEnd(file, 2 * GONE_BYTES) ?? ''));
      // What is in both was on its way there.
      const until = Math.max(-Infinity, ...left.map(({ endedAt }) => endedAt));
      return boundRecords([...left, ...own(id).filter(({ endedAt }) => endedAt > until)]);
    },
    sweep: (isQueued) =>
      harmlessly(() => {
        for (const name of fs.readdirSync(directory)) {
          const half = name.endsWith(HALF);
          const id = idOf(half ? name.slice(0, -HALF.length) : name);
          if (id === null || isQueued(id)) continue;
          harmlessly(() => {
            if (!half) remember(id, formatWithin(own(id), CONCLUDED_BYTES));
            fs.unlinkSync(path.join(directory, name));
          });
        }
      }),
  };
}

/** xtext, and nothing that a file system knows better; `gone` is taken, and a dot is in no name of a message. */
function fileName(id: QueueId): string {
  const name = encodeXtext(Buffer.from(id, 'utf8').toString('latin1')).replace(/[./:*?"<>|]/g, hex);
  return name.toLowerCase() === GONE ? `${hex(name.charAt(0))}${name.slice(1)}` : name;
}

function hex(character: string): string {
  return `+${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** null: it is not that of a message. */
function idOf(name: string): QueueId | null {
  const id = Buffer.from(decodeXtext(name), 'latin1').toString('utf8');
  return fileName(id) === name ? id : null;
}

function append(file: string, text: string): number {
  try {
    return appendPlain(file, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    return appendPlain(file, text);
  }
}

/** Only who has claimed the message does this. */
function replace(file: string, lines: readonly string[]): void {
  const temporary = `${file}${HALF}`;
  fs.rmSync(temporary, { force: true });
  try {
    fs.writeFileSync(temporary, lines.map((line) => `${line}\n`).join(''), { mode: 0o600, flag: 'wx' });
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

function harmlessly(act: () => void): void {
  try {
    act();
  } catch {
    // A full disk, a directory that is gone or not ours: mail goes on.
  }
}
