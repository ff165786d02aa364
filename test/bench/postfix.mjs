/**
 * Postfix with a queue of its own, in a world of its own (test/support/real-relays/world.ts), sending through a sink:
 * mail is injected while there is no queue manager, then it is
 * started with one. Where it cannot be had, `missing` says why.
 */
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

const QUEUE = '/srv/queue';
const DAEMONS = '/usr/lib/postfix/sbin';
const SMTPD_PORT = 2529;
const FOLDERS = 'active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace';

const main = (sinkPort, connections) => `compatibility_level = 3.6
queue_directory = ${QUEUE}
data_directory = /srv/data
daemon_directory = ${DAEMONS}
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.example.org
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:${sinkPort}
smtp_destination_concurrency_limit = ${connections}
initial_destination_concurrency = ${connections}
smtp_tls_security_level = none
smtp_connection_cache_on_demand = yes
in_flow_delay = 0
`;

const MASTER = `127.0.0.1:${SMTPD_PORT} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
scache unix - - n - 1 scache
anvil unix - - n - 1 anvil
`;

const START = `mkdir -p /srv/data ${QUEUE}
cd ${QUEUE}
mkdir -p ${FOLDERS}
chown postfix /srv/data ${FOLDERS.replace('pid ', '')}
chmod 1730 maildrop
chgrp postdrop maildrop public
[ -e /srv/go ] || postconf -e master_service_disable=qmgr.unix
${DAEMONS}/master -d &`;

/** `{missing}`, or `{run}`: sends so many messages of this body, and tells how many a second. */
export async function preparePostfix() {
  let worlds;
  try {
    worlds = await import('../support/real-relays/world.ts');
  } catch (error) {
    return { missing: `this Node does not read TypeScript (${error.code})` };
  }
  const missing = worlds.whyNoWorld('postfix');
  if (missing !== null) return { missing };
  return {
    async run({ port, counts }, count, body, connections) {
      const world = worlds.createWorld({
        tree: 'postfix',
        users: { postfix: 950, postdrop: 951 },
        files: { '/etc/postfix/main.cf': main(port, connections), '/etc/postfix/master.cf': MASTER },
        ready: [/daemon started/],
        script: START,
      });
      try {
        await world.start();
        await inject(count, body);
        await world.kill();
        fs.writeFileSync(path.join(world.kept, 'go'), '');
        await counts();
        const startedAt = performance.now();
        await world.start();
        let taken = 0;
        let mostAtOnce = 0;
        while (taken < count) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          const now = await counts();
          taken += now.messages;
          mostAtOnce = Math.max(mostAtOnce, now.mostAtOnce);
        }
        return { rate: (count / (performance.now() - startedAt)) * 1000, mostAtOnce };
      } finally {
        await world.remove();
      }
    },
  };
}

async function inject(count, body) {
  const socket = net.connect(SMTPD_PORT, '127.0.0.1');
  await once(socket, 'connect');
  const done = once(socket, 'close');
  socket.resume();
  const messages = Array.from({ length: count }, (_, index) =>
    [
      `MAIL FROM:<user${index % 50}@example.org>`,
      `RCPT TO:<bob${index}@example.net>`,
      'DATA',
      `Subject: ${index}`,
      '',
      `${body.trimEnd()}`,
      '.',
    ].join('\n'),
  );
  socket.end(`EHLO bench\n${messages.join('\n')}\nQUIT\n`.replaceAll('\n', '\r\n'));
  await done;
}
