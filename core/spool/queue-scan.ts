/**
 * What sendmail's listing sees of a spool (its gatherq and sortq): jobs of one kind in the order of the
 * directory, chosen by filters, put in order. It looks at lines, not at records, and at no more of
 * a file than it needs: a damaged control file has its place like any other, and a filter
 * sees the first 256 bytes of a line. Names of files that are none come out as remarks.
 */
import fs from 'node:fs';
import { CONTROL_FILE_LIMIT } from './job-reading.js';
import { compileLightly } from './light-code.js';
import { tryLock } from './lock.js';
import { isQueueId, LONGEST_NAME } from './queue-id.js';
import { EnvelopeLines } from './raw-lines.js';
import { createScanner, inScanOrder, readsNothing, type ScannedJob } from './scan-rules.js';
import type { QueueFilter, SortOrder } from './selection.js';
import type { JobKind } from './spool.js';
import { errorCode } from './spool-error.js';
import { spoolFiles } from './spool-files.js';

export interface ScanOptions {
  readonly kind: JobKind;
  readonly filters: readonly QueueFilter[];
  readonly sort: SortOrder;
  /** As the directory has them; `sort` then only says how much of each file is looked at. */
  readonly unordered?: boolean;
  /** MaxQueueRunSize: so many are looked at, the rest is counted. */
  readonly limit?: number;
  readonly nowSeconds: number;
  readonly minQueueAgeSeconds?: number;
  readonly maxQueueAgeSeconds?: number;
}

export interface Scan {
  /** In order; at most `limit`. */
  readonly jobs: readonly ScannedJob[];
  /** With those beyond the limit. */
  readonly total: number;
  /** sendmail's words, one for each file it is astonished at. */
  readonly remarks: readonly Remark[];
}

export interface Remark {
  readonly text: string;
  /** Said in verbose listings only. */
  readonly verboseOnly: boolean;
}

/** The control file and the size of its data file, while it is looked at. */
export interface Look {
  readonly lines: EnvelopeLines;
  /** -1: there is none. */
  readonly dataBytes: number;
}

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
/** Envelope and header of most; sendmail's own header limit is half of it. */
const BUFFER_BYTES = 64 * 1024;

/** `onLook` takes from each job what is to be kept of it: a look is good only until it returns. Words: it may not be read. */
export function scanQueue(
  directory: string,
  options: ScanOptions,
  onLook?: (job: ScannedJob, look: Look | string) => void,
): Scan {
  const { kind, filters, sort, limit = 0 } = options;
  const files = spoolFiles(directory);
  const byName = filters.filter((filter) => filter.by === 'I');
  const withoutLock = readsNothing(options);
  const scan = createScanner(options);
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  const lines = new EnvelopeLines();
  const jobs: ScannedJob[] = [];
  const remarks: Remark[] = [];
  let beyond = 0;

  const look = (id: string): void => {
    const opened = openControl(files.control(kind, id));
    if (opened === 'gone') return;
    if (opened === NOT_REGULAR) {
      remarks.push({ text: `gatherq: ${directory}/${kind}${id} is ${NOT_REGULAR}`, verboseOnly: false });
      return;
    }
    const place = jobs.length;
    if (typeof opened === 'string') {
      const unread = { id, kind, place, locked: false, changedAtSeconds: 0 };
      const job = scan(unread, lines.read(buffer, 0));
      if (job === null) return;
      jobs.push(job);
      onLook?.(job, opened);
      return;
    }
    const { fd, size, justMade, changedAtSeconds } = opened;
    try {
      const locked = !withoutLock && (justMade || !tryLock(fd, 'shared'));
      const job = scan({ id, kind, place, locked, changedAtSeconds }, readControl(fd, size, buffer, lines));
      if (job === null) return;
      jobs.push(job);
      onLook?.(job, { lines, dataBytes: sizeOf(files.data(id)) });
    } finally {
      fs.closeSync(fd);
    }
  };

  const see = (name: string): void => {
    if (!name.startsWith(kind)) return;
    const id = name.slice(2);
    if (id === '') return;
    if (name.length > LONGEST_NAME) {
      remarks.push({ text: `gatherq: ${name} too long, ${LONGEST_NAME + 1} max characters`, verboseOnly: true });
    } else if (isQueueId(id) && passes(byName, name)) {
      if (limit > 0 && jobs.length >= limit) beyond += 1;
      else look(id);
    }
  };

  compileLightly(see, look, files.control, files.data, fs.readSync);
  eachName(files.controlDirectory, see);
  return { jobs: options.unordered === true ? jobs : inScanOrder(jobs, sort), total: jobs.length + beyond, remarks };
}

/** One job looked at again; null when it is gone. */
export function lookAgain(directory: string, kind: JobKind, id: string): Look | null {
  const files = spoolFiles(directory);
  const opened = openControl(files.control(kind, id));
  if (typeof opened === 'string') return null;
  try {
    const lines = readControl(opened.fd, opened.size, Buffer.allocUnsafe(BUFFER_BYTES), new EnvelopeLines());
    return { lines, dataBytes: sizeOf(files.data(id)) };
  } finally {
    fs.closeSync(opened.fd);
  }
}

/** In the directory's own order, as sendmail takes them. Node's readdir would sort them, Bun's opendir takes much memory. */
function eachName(directory: string, act: (name: string) => void): void {
  if (process.versions.bun !== undefined) {
    const names = fs.readdirSync(directory);
    for (let index = 0; index < names.length; index += 1) act(names[index] ?? '');
    return;
  }
  const open = fs.opendirSync(directory, { bufferSize: 1024 });
  try {
    for (let entry = open.readSync(); entry !== null; entry = open.readSync()) act(entry.name);
  } finally {
    open.closeSync();
  }
}

function passes(filters: readonly QueueFilter[], name: string): boolean {
  return filters.length === 0 || filters.some(({ text, negated }) => name.includes(text) !== negated);
}

const JUST_MADE_MS = 2000;
const NOT_REGULAR = 'not a regular file';

interface Opened {
  readonly fd: number;
  readonly size: number;
  /** Its maker is about to lock it, and fails when it cannot: our lock must not be in the way. */
  readonly justMade: boolean;
  readonly changedAtSeconds: number;
}

/** Or words. Neither waits for a FIFO nor follows a link. */
function openControl(file: string): Opened | string {
  try {
    const fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stat = fs.fstatSync(fd);
    if (stat.isFile()) {
      const justMade = stat.size === 0 && Date.now() - stat.ctimeMs < JUST_MADE_MS;
      return { fd, size: stat.size, justMade, changedAtSeconds: Math.floor(stat.mtimeMs / 1000) };
    }
    fs.closeSync(fd);
    return NOT_REGULAR;
  } catch (error) {
    switch (errorCode(error)) {
      case 'ENOENT':
        return 'gone';
      // A link, a socket, a device without its driver.
      case 'ELOOP':
      case 'EMLINK':
      case 'ENXIO':
      case 'ENODEV':
        return NOT_REGULAR;
      case 'EACCES':
        return 'Permission denied';
      case 'EPERM':
        return 'permission denied';
      default:
        throw error;
    }
  }
}

function readControl(fd: number, size: number, buffer: Buffer, lines: EnvelopeLines): EnvelopeLines {
  const space = size < buffer.length ? buffer : Buffer.allocUnsafe(Math.min(size, CONTROL_FILE_LIMIT) + 1);
  let length = 0;
  for (let got = -1; got !== 0 && length < Math.min(size, space.length); length += got) {
    got = fs.readSync(fd, space, length, space.length - length, length);
  }
  return lines.read(space, length);
}

const MAY_BE_MISSING = { throwIfNoEntry: false } as const;

/** -1: there is none. */
function sizeOf(file: string): number {
  return fs.statSync(file, MAY_BE_MISSING)?.size ?? -1;
}

compileLightly(eachName, passes, openControl, readControl, sizeOf);
