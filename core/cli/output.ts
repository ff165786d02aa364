/** How `outtray` commands print: text for people on a terminal or in a pipe, JSON for programs. */
import { printable } from '../system/log.js';

export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Two spaces of indent, one document; nothing else goes to standard output then. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Columns as wide as they need be, the last one free; nothing of a message can move the cursor. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === row.length - 1 ? printable(cell) : printable(cell).padEnd(widths[column] ?? 0),
    );
    print(cells.join('  ').trimEnd());
  }
}

/** `3 messages`, `1 message`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

export function formatSize(bytes: number): string {
  if (bytes < 0) return 'no body';
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/** Local time, `2026-11-21 01:14`, as people compare it with their mail. */
export function formatTime(at: number): string {
  const date = new Date(at);
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
