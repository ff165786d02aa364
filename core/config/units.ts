/** Durations and sizes as people write them in the settings: a whole number and a unit, nothing between. */

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const BYTES: Readonly<Record<string, number>> = { B: 1, kB: 1000, MB: 1_000_000, GB: 1_000_000_000 };

/** `90s`, `10m`, `4h`, `5d` in milliseconds; null when it is none. */
export function parseDuration(text: string): number | null {
  return parseQuantity(text, MILLISECONDS);
}

/** `500kB`, `50MB`, and `0` in bytes; null when it is none. */
export function parseSize(text: string): number | null {
  return text === '0' ? 0 : parseQuantity(text, BYTES);
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = /^(\d{1,12})([A-Za-z]+)$/.exec(text);
  const unit = match?.[2] === undefined ? undefined : units[match[2]];
  return match === null || unit === undefined ? null : Number(match[1]) * unit;
}
