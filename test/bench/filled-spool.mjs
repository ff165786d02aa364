/** A queue of many messages, as submissions and one vain queue run leave them. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const SENDERS = 50;

/**
 * `owner`: a user's name, for a queue that is not to be ours; the directory is made when missing. `body`: of each
 * message. `fresh`: nobody has tried any of them.
 */
export function fillSpool(directory, count, { owner, body, fresh = false } = {}) {
  fs.mkdirSync(directory, { recursive: true });
  const shared = owner !== undefined;
  fs.chmodSync(directory, shared ? 0o770 : 0o700);
  const now = Math.floor(Date.now() / 1000);
  const umask = process.umask(0);
  const options = { encoding: 'latin1', mode: shared ? 0o660 : 0o600 };
  for (let index = 0; index < count; index += 1) {
    const id = `6AK${'ABCDEFGHIJ'[index % 10]}${String(index).padStart(5, '0')}026187`.slice(0, 15);
    const control = controlFile(id, index, now - count + index);
    fs.writeFileSync(path.join(directory, `df${id}`), body ?? `Message ${index}.\n`, options);
    fs.writeFileSync(
      path.join(directory, `qf${id}`),
      fresh ? control.replaceAll(/^(?:M|C:).*\n/gm, '') : control,
      options,
    );
  }
  process.umask(umask);
  if (shared) execFileSync('chown', ['-R', `${owner}:`, directory]);
}

function controlFile(id, index, createdAt) {
  const sender = `user${index % SENDERS}@example.org`;
  const recipients = [`bob${index}@example.net`, `carol${index}@example.com`].map(
    (address) => `MDeferred: Connection refused by [127.0.0.1]\nC:${address}\nrRFC822; ${address}\nRPFD:${address}\n`,
  );
  return `V8
T${createdAt}
K0
N0
P${30_000 + ((index * 7919) % 50_000)}
MDeferred: Connection refused by [127.0.0.1]
Fs
$_alice@localhost
\${daemon_flags}c u
S${sender}
A${sender}
${recipients.join('')}H?P?Return-Path: <\x81g>
H??Received: (from alice@localhost)
	by laptop.example.org (8.17.1.9/8.17.1.9/Submit) id ${id};
	Fri, 20 Nov 2026 23:10:50 GMT
H?D?Date: Fri, 20 Nov 2026 23:10:50 GMT
H?F?From: Alice Example <${sender}>
H?x?Full-Name: Alice Example
H?M?Message-Id: <202611202310.${id}@laptop.example.org>
H??To: bob${index}@example.net, carol${index}@example.com
H??Subject: Message number ${index}
.
`;
}
