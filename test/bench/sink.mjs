/**
 * A relay that takes all mail and keeps none, as a process of its own: `node sink.mjs MILLISECONDS`. What comes in one
 * piece is answered in one piece, so many milliseconds later, as over a line with that round trip. Prints its port;
 * then, for each line on standard input, `{messages, connections, mostAtOnce, commands}` since the last one.
 */
import net from 'node:net';
import readline from 'node:readline';

const roundTripMs = Number(process.argv[2] ?? 0);
const END = Buffer.from('\r\n.\r\n');
let open = 0;
let counts = fresh();

function fresh() {
  return { messages: 0, connections: 0, mostAtOnce: open, turns: 0 };
}

/** A timer is late by up to a millisecond, which is a lot here: the last of it is waited for turn by turn. */
function sayAt(due, socket, reply) {
  const left = due - performance.now();
  if (left > 2) setTimeout(sayAt, left - 2, due, socket, reply);
  else if (left > 0) setImmediate(sayAt, due, socket, reply);
  else if (!socket.destroyed) socket.write(reply);
}

const server = net.createServer({ noDelay: true }, (socket) => {
  counts.connections += 1;
  open += 1;
  counts.mostAtOnce = Math.max(counts.mostAtOnce, open);
  let text = '';
  let tail = Buffer.alloc(0);
  let inData = false;
  const say = (reply) => {
    if (reply === '') return;
    counts.turns += 1;
    if (roundTripMs === 0) socket.write(reply);
    else sayAt(performance.now() + roundTripMs, socket, reply);
  };
  socket.on('data', (chunk) => {
    let reply = '';
    let rest = chunk;
    while (rest.length > 0) {
      if (inData) {
        // The end may be cut anywhere.
        const seen = Buffer.concat([tail, rest]);
        const at = seen.indexOf(END);
        if (at < 0) {
          tail = seen.subarray(-4);
          break;
        }
        inData = false;
        counts.messages += 1;
        reply += '250 2.0.0 taken\r\n';
        rest = seen.subarray(at + END.length);
        continue;
      }
      const at = rest.indexOf(10);
      text += rest.toString('latin1', 0, at < 0 ? rest.length : at + 1);
      rest = at < 0 ? rest.subarray(rest.length) : rest.subarray(at + 1);
      if (at < 0) break;
      const verb = text.slice(0, 4).toUpperCase();
      text = '';
      if (verb === 'EHLO')
        reply += '250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 0\r\n';
      else if (verb === 'DATA') {
        reply += '354 go ahead\r\n';
        inData = true;
        tail = Buffer.from('\r\n');
      } else if (verb === 'QUIT') {
        say(`${reply}221 2.0.0 bye\r\n`);
        return;
      } else reply += '250 2.0.0 ok\r\n';
    }
    say(reply);
  });
  socket.on('error', () => {});
  socket.on('end', () => socket.end());
  socket.on('close', () => {
    open -= 1;
  });
  say('220 sink ESMTP\r\n');
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
readline
  .createInterface({ input: process.stdin })
  .on('line', () => {
    console.log(JSON.stringify(counts));
    counts = fresh();
  })
  .on('close', () => process.exit(0));
