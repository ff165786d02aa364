/**
 * What can be wrong with the spool itself, as opposed to one job in it. The message is a sentence
 * that names the thing and the remedy; the system's own error is the `cause`.
 */
export type SpoolErrorKind = 'not-ours' | 'not-writable' | 'not-a-directory' | 'no-space' | 'io';

export class SpoolError extends Error {
  override readonly name = 'SpoolError';
  readonly kind: SpoolErrorKind;
  readonly path: string;

  constructor(kind: SpoolErrorKind, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.path = path;
  }
}

/** An error of the system while `doing` something (`write`, `create`) with a file of the spool. */
export function toSpoolError(error: unknown, path: string, doing: string): SpoolError {
  if (error instanceof SpoolError) return error;
  const kind = kindOf(errorCode(error));
  const words = error instanceof Error ? error.message : String(error);
  return new SpoolError(kind, path, `cannot ${doing} ${path}: ${words}. ${REMEDIES[kind]}`, { cause: error });
}

export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const REMEDIES: Readonly<Record<SpoolErrorKind, string>> = {
  'not-ours': 'Use a queue directory of your own.',
  'not-writable': 'Make it writable for you, or use another queue directory.',
  'not-a-directory': 'Move what stands in its place away, or use another queue directory.',
  'no-space': 'Free some space on that disk and send the message again.',
  io: 'Look at the disk and the system log, then send the message again.',
};

function kindOf(code: string | undefined): SpoolErrorKind {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return 'no-space';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'not-writable';
    case 'ENOTDIR':
    case 'ENOENT':
    case 'EEXIST':
      return 'not-a-directory';
    default:
      return 'io';
  }
}
