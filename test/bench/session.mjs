/**
 * A thousand messages of 2 kB through one session of `sendmail -bs`: messages a second, by a client that
 * waits for each reply and by one that sends the commands of an envelope together (PIPELINING).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expectQueued, MESSAGE, sendmails } from './contestants.mjs';
import { median, printLeast, printRates } from './numbers.mjs';

const MESSAGES = 1000;
const ROUNDS = 3;
const ENVELOPE = ['MAIL FROM:<me@example.org>\r\n', 'RCPT TO:<bob@example.org>\r\n', 'DATA\r\n'];
const TEXT = `${MESSAGE.replaceAll('\n', '\r\n')}.\r\n`;
/** What is sent together. */
const CLIENTS = {
  'waits for each': [...ENVELOPE.map((command) => [command]), [TEXT]],
  pipelines: [ENVELOPE, [TEXT]],
};

export async function benchSession(directory) {
  const contestants = sendmails(directory, 'session');
  const rates = new Map();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [client, groups] of Object.entries(CLIENTS)) {
      for (const contestant of contestants) {
        const name = `${contestant.name}, client ${client}`;
        rates.set(name, [...(rates.get(name) ?? []), await converse(contestant, groups)]);
      }
    }
  }
  expectQueued(contestants, ROUNDS * MESSAGES * Object.keys(CLIENTS).length);
  console.log(`${MESSAGES} messages of ${MESSAGE.length} bytes through one session, ${ROUNDS} times, in turns`);
  printRates(rates);
  for (const client of Object.keys(CLIENTS)) {
    printLeast(`messages a second, client ${client}`, median(rates.get(`outtray, client ${client}`)), 500);
  }
}

/** Messages a second. */
async function converse({ name, program, args, env }, groups) {
  const child = spawn(program, [...args, '-bs'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const replies = readReplies(child.stdout);
  const say = async (commands) => {
    child.stdin.write(commands.join(''));
    for (const command of commands) {
      const reply = await replies();
      if (!/^[23]/.test(reply)) throw new Error(`${name} answered ${command.trim()}: ${reply}`);
    }
  };
  await replies();
  await say(['EHLO laptop.example.org\r\n']);
  const startedAt = performance.now();
  for (let sent = 0; sent < MESSAGES; sent += 1) for (const group of groups) await say(group);
  const took = performance.now() - startedAt;
  child.stdin.end('QUIT\r\n');
  await once(child, 'exit');
  return (MESSAGES * 1000) / took;
}

/** Each call: the last line of the next reply. */
function readReplies(stream) {
  let text = '';
  let asked = null;
  const look = () => {
    const found = /^\d{3} .*\r?\n/m.exec(text);
    if (found === null || asked === null) return;
    text = text.slice(found.index + found[0].length);
    asked(found[0].trim());
    asked = null;
  };
  stream.on('data', (chunk) => {
    text += chunk;
    look();
  });
  stream.on('end', () => asked?.('the session ended'));
  return () =>
    new Promise((resolve) => {
      asked = resolve;
      look();
    });
}
