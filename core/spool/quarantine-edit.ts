/**
 * The q line of a control file set, changed or taken out as `sendmail -Q` does it: where it stands, or
 * else just before S, all other lines kept as they are but for CR before LF. Bytes as latin1. Pure.
 */
export interface QuarantineEdit {
  readonly text: string;
  /** Reasons before, one for each q line; none: it was not in quarantine. */
  readonly before: readonly string[];
  readonly changed: boolean;
  /** The end mark is there; what has none is not to be touched. */
  readonly whole: boolean;
}

/** A null reason takes it out of quarantine. */
export function editQuarantine(text: string, wanted: string | null): QuarantineEdit {
  // It may not forge another record.
  const reason = wanted?.replace(/[\r\n]+/g, ' ') ?? null;
  const before: string[] = [];
  const records: string[] = [];
  let [placed, changed, whole] = [false, false, false];
  const place = (): void => {
    if (reason !== null) records.push(`q${reason}`);
    placed = true;
  };
  for (const record of text
    .replaceAll('\r\n', '\n')
    .replace(/\n$/, '')
    .split(/\n(?![ \t])/)) {
    if (record.startsWith('q')) {
      before.push(record.slice(1));
      changed ||= record.slice(1) !== reason;
      place();
      continue;
    }
    if (record.startsWith('S') && !placed && reason !== null) {
      changed = true;
      place();
    }
    whole ||= record.startsWith('.');
    records.push(record);
  }
  return { text: `${records.join('\n')}\n`, before, changed, whole };
}
