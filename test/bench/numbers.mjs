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

/** `rates`: messages a second by name. */
export function printRates(rates) {
  const width = Math.max(...[...rates.keys()].map((name) => name.length));
  console.log(`${''.padEnd(width)}  median /s     max /s`);
  for (const [name, list] of rates) {
    const cells = [median(list), Math.max(...list)].map((rate) => rate.toFixed(0).padStart(11));
    console.log(`${name.padEnd(width)}${cells.join('')}`);
  }
}

/** What was measured beside what is to hold. */
export function printTarget(what, figure, most) {
  say(what, figure, `at most ${most}`, figure <= most);
}

export function printLeast(what, figure, least) {
  say(what, figure, `at least ${least}`, figure >= least);
}

function say(what, figure, target, holds) {
  const shown = figure < 10 ? figure.toFixed(2) : figure.toFixed(0);
  console.log(`${what}: ${shown}, to hold: ${target}: ${holds ? 'holds' : 'DOES NOT HOLD'}`);
}
