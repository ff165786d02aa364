/** Numbers as the benches print them. */

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** `times`: milliseconds by name; the ratio is to the median of `base`. */
export function printTimes(times, base) {
  console.log('                 median ms    min ms    ratio');
  for (const [name, list] of times) {
    const cells = [median(list).toFixed(2), Math.min(...list).toFixed(2), (median(list) / base).toFixed(2)];
    console.log(`${name.padEnd(14)} ${cells.map((cell) => cell.padStart(10)).join('')}`);
  }
}

/** What was measured beside what is to hold. */
export function printTarget(what, figure, most) {
  const shown = figure < 10 ? figure.toFixed(2) : figure.toFixed(0);
  console.log(`${what}: ${shown}, to hold: at most ${most}: ${figure <= most ? 'holds' : 'DOES NOT HOLD'}`);
}
