// Holds a file's flock in a process of its own: node hold-lock.mjs FILE MODE. Says "held", ends with its input.
import fs from 'node:fs';
import koffi from 'koffi';

const [file, mode] = process.argv.slice(2);
const flock = koffi.load(null).func('int flock(int fd, int operation)');
const answer = flock(fs.openSync(file, 'r'), (mode === 'shared' ? 1 : 2) | 4);
process.stdout.write(answer === 0 ? 'held\n' : 'refused\n');
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
