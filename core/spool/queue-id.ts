/**
 * Queue ids in sendmail's form, 14 characters for a pid of up to 6 digits, from UTC time:
 *
 *   6AKN3pw2026187    2026-11-20 23:03:51Z, sequence `w2`, pid 026187
 *
 * year since 1900 modulo 60, month, day, hour, minute, second: one digit of base 60 each;
 * sequence (0..3599): two; pid: decimal, at least six. Unique within a process by the sequence,
 * on a machine by the pid, and finally because the data file is created with O_EXCL.
 */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SEQUENCES = 3600;
/** sendmail ignores longer file names, prefix included. */
export const LONGEST_NAME = 20;

export interface QueueIdSource {
  next(): string;
}

export interface QueueIdOptions {
  readonly clock?: { now(): number };
  readonly pid?: number;
  /** 0 to 1: where the sequence starts; by the clock when absent. Ids are unique by time, process and O_EXCL. */
  readonly random?: () => number;
}

/**
 * sendmail keeps the time of the first id for all of a process; we take the time of each, since
 * an agent lives for weeks. The sequence goes on across seconds, so ids of one second never repeat.
 */
export function createQueueIdSource(options: QueueIdOptions = {}): QueueIdSource {
  const { clock = Date, pid = process.pid } = options;
  const owner = String(pid).padStart(6, '0');
  const { random = () => (clock.now() % 1000) / 1000 } = options;
  let sequence = Math.floor(random() * SEQUENCES) % SEQUENCES;
  let time = '';
  let given = 0;
  return {
    next() {
      let now = timePart(clock.now());
      while (now === time && given >= SEQUENCES) {
        pause(50);
        now = timePart(clock.now());
      }
      if (now !== time) given = 0;
      time = now;
      given += 1;
      const id = time + digit(Math.floor(sequence / 60)) + digit(sequence % 60) + owner;
      sequence = (sequence + 1) % SEQUENCES;
      return id;
    },
  };
}

/**
 * Safe as part of a file name and not ignored by sendmail. It need not have the generator's
 * form: any `qf<name>` with its `df<name>` is a job.
 */
export function isQueueId(name: string): boolean {
  return name.length + 2 <= LONGEST_NAME && /^[!-~]+$/.test(name) && !/[/\\]/.test(name);
}

function timePart(now: number): string {
  const at = new Date(now);
  const parts = [
    (at.getUTCFullYear() - 1900) % 60,
    at.getUTCMonth(),
    at.getUTCDate(),
    at.getUTCHours(),
    at.getUTCMinutes(),
    at.getUTCSeconds(),
  ];
  return parts.map(digit).join('');
}

function digit(value: number): string {
  return DIGITS.charAt(value);
}

/** Submission is synchronous; this is the 3601st id within a second. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
