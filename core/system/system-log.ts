/**
 * The system's log: syslog(3), facility mail, tag and process id as sendmail gives them. Node has no datagram
 * socket that reaches it; koffi calls the C library, which sends and finds a log that was restarted again. Where
 * nobody listens the line is dropped there. Nothing loads this file before the setting is on.
 */
import koffi from 'koffi';

/** `text` is printable already. */
export type SystemLog = (text: string) => void;

/** sys/syslog.h; the same on Linux and macOS. */
const LOG_PID = 1;
const LOG_MAIL = 2 << 3;
const ALERT = 1;
const CRITICAL = 2;
const INFORMATION = 6;

interface Library {
  openlog(tag: Buffer, options: number, facility: number): void;
  syslog(priority: number, format: Buffer): void;
}

let library: Library | undefined;
let tagInForce: string | undefined;
/** The library keeps the address of a tag, not the tag. */
const tags = new Map<string, Buffer>();

export function openSystemLog(tag: string): SystemLog {
  if (process.platform === 'win32') return () => {};
  const ours = tags.get(tag) ?? cText(tag);
  tags.set(tag, ours);
  return (text) => {
    library ??= load();
    if (tagInForce !== tag) library.openlog(ours, LOG_PID, LOG_MAIL);
    tagInForce = tag;
    library.syslog(levelOf(text), cText(asFormat(text)));
  };
}

/** sendmail's levels: LOG_ALERT for mail it loses, LOG_CRIT for what its syserr() says, else LOG_INFO. */
function levelOf(text: string): number {
  if (/^(?:\S+: )?Losing /.test(text)) return ALERT;
  return /^(?:\S+: )?SYSERR[(:]/.test(text) ? CRITICAL : INFORMATION;
}

/**
 * A format without arguments that says exactly this: `%` is all that means anything in one. So no argument is
 * passed the variable way, which differs between machines and Bun does not know.
 */
export function asFormat(text: string): string {
  return text.replaceAll('%', '%%');
}

function cText(text: string): Buffer {
  return Buffer.from(`${text.replaceAll('\0', '')}\0`, 'utf8');
}

function load(): Library {
  const program = koffi.load(null);
  return {
    openlog: program.func('void openlog(const uint8_t *ident, int option, int facility)'),
    syslog: program.func('void syslog(int priority, const uint8_t *format)'),
  };
}
