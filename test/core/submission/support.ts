/** Surroundings of a submission for tests: Alice on her laptop, a fixed clock, a real spool under `directory`. */
import fs from 'node:fs';
import path from 'node:path';
import { createQueueIdSource } from '../../../core/spool/queue-id.js';
import { NO_ALIASES } from '../../../core/submission/aliases.js';
import type { SubmissionEnvironment } from '../../../core/submission/environment.js';
import { noLog } from '../../../core/system/log.js';

const NOW = Date.UTC(2026, 10, 20, 23, 3, 51);

export function createTestEnvironment(
  directory: string,
  given: Partial<SubmissionEnvironment> = {},
): SubmissionEnvironment {
  const clock = given.clock ?? { now: () => NOW };
  return {
    clock,
    offsetMinutes: () => 0,
    ids: createQueueIdSource({ clock, pid: 4711, random: () => 0 }),
    submitter: { login: 'alice', uid: 4242, fullName: 'Alice Example' },
    lookUpFullName: () => null,
    fullName: null,
    hostname: 'laptop.example.org',
    version: 'Outtray/0/Submit',
    spoolDirectory: path.join(directory, 'spool'),
    settings: {
      hostname: null,
      aliases: [],
      aliasesInHeader: false,
      trustedUsers: [],
      delivery: { mode: 'deferred' },
      log: { system: false },
      queue: { maxMessageBytes: 0, minFreeBytes: 0, maxRecipients: 0 },
    },
    aliases: NO_ALIASES,
    home: null,
    log: noLog,
    input: inputOf(''),
    freeBytes: () => null,
    say: () => {},
    complain: () => {},
    onInterrupt: () => {},
    ...given,
  };
}

export async function* inputOf(...chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
}

/** Names in the spool. */
export function spooled(directory: string): string[] {
  const spool = path.join(directory, 'spool');
  return fs.existsSync(spool) ? fs.readdirSync(spool).sort() : [];
}

/** The only control file in the spool, by lines. */
export function controlLines(directory: string): string[] {
  const name = spooled(directory).find((file) => file.startsWith('qf')) ?? '';
  return fs.readFileSync(path.join(directory, 'spool', name), 'latin1').split('\n');
}
