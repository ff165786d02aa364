/**
 * One submission, twice: by the real sendmail (`theirs`) and then by ours in process with the
 * ids and second that the real one used. What they leave in dead.letter is one of their files.
 */
import fs from 'node:fs';
import path from 'node:path';
import { createRealSendmail, type RealSendmail, type SendmailRunAs } from './real-sendmail.js';
import { replaySubmission, type SubmissionResult } from './recorded-submission.js';

export interface PeerSubmission {
  readonly args: readonly string[];
  /** One character a byte. */
  readonly stdin: string;
  /** The same in pieces: of `-bs`, each given when what came before has been answered. */
  readonly pieces?: readonly string[];
  readonly as?: SendmailRunAs;
}

export interface Peer {
  submit(
    submission: PeerSubmission,
    directory: string,
  ): Promise<{ readonly theirs: SubmissionResult; readonly ours: SubmissionResult }>;
  stop(): void;
}

/** But for a report that was mailed back: a job with flag `r`. */
export function withoutReport(result: SubmissionResult): SubmissionResult {
  const reports = Object.entries(result.files).flatMap(([name, text]) =>
    name.startsWith('qf') && /^F[^\n]*r/m.test(text) ? [name.slice(2)] : [],
  );
  const files = Object.fromEntries(Object.entries(result.files).filter(([name]) => !reports.includes(name.slice(2))));
  return { ...result, files };
}

/** A port nothing listens on: what sendmail tries at once, a report, is put off. */
const CLOSED_PORT = 9;

export function startPeer(): Peer {
  const real = createRealSendmail(CLOSED_PORT);
  return {
    async submit(submission, directory) {
      const as: SendmailRunAs = { user: 'alice', ...submission.as };
      let theirs = await submitToReal(real, submission, as);
      for (let again = 3; again > 0 && isOfTwoSeconds(theirs.files); again -= 1)
        theirs = await submitToReal(real, submission, as);
      const user = as.user ?? 'root';
      const ids = idsOf(theirs.files);
      const ours = await replaySubmission(
        {
          ...submission,
          ids,
          createdAtSeconds: createdAt(theirs.files),
          env: as.env ?? {},
          argv0: as.argv0 ?? 'sendmail',
          user,
          uid: user === 'root' ? 0 : 4242,
          gecos: user === 'root' ? 'root' : 'Alice Example,,,',
          tz: as.env?.['TZ'] ?? 'UTC',
          hostname: 'laptop.example.org',
        },
        directory,
        real.home,
      );
      return { theirs, ours: withLetter(ours, path.join(directory, 'home')) };
    },
    stop: () => real.remove(),
  };
}

async function submitToReal(
  real: RealSendmail,
  { args, stdin, pieces }: PeerSubmission,
  as: SendmailRunAs,
): Promise<SubmissionResult> {
  for (const name of fs.readdirSync(real.spoolDirectory)) fs.unlinkSync(path.join(real.spoolDirectory, name));
  const { status, stdout } =
    pieces === undefined ? await real.run(args, stdin, as) : await real.converse(args.slice(1), pieces, as);
  const files = Object.fromEntries(
    fs
      .readdirSync(real.spoolDirectory)
      .sort()
      .map((name) => [name, fs.readFileSync(path.join(real.spoolDirectory, name), 'latin1')]),
  );
  return withLetter({ files, exit: status ?? -1, stdout }, real.home);
}

/** Takes the letter away; without its date, which may be a second later than the message's. */
function withLetter(result: SubmissionResult, home: string): SubmissionResult {
  const file = path.join(home, 'dead.letter');
  if (!fs.existsSync(file)) return result;
  const text = fs.readFileSync(file, 'latin1').replace(/^(From \S+) .*/, '$1');
  fs.unlinkSync(file);
  return { ...result, files: { ...result.files, 'dead.letter': text } };
}

/** Of a message that is only in dead.letter or in a report: as its Received field says. */
function idsOf(files: Readonly<Record<string, string>>): string[] {
  const ids = Object.keys(files).flatMap((name) => (/^[qh]f/.test(name) ? [name.slice(2)] : []));
  const returned = ids.length > 1 ? '' : (files['dead.letter'] ?? returnedIn(files));
  const [, id] = /\n\tby \S+ \(.*\) id (\w{14})/.exec(returned) ?? [];
  return id === undefined || ids.includes(id) ? ids : [id, ...ids];
}

function returnedIn(files: Readonly<Record<string, string>>): string {
  const [, data] = Object.entries(files).find(([name]) => name.startsWith('df')) ?? [];
  return data ?? '';
}

/** A second has passed between its creation and its fields: ours has one clock for both. */
function isOfTwoSeconds(files: Readonly<Record<string, string>>): boolean {
  return Object.entries(files).some(([name, text]) => {
    if (!/^[qh]f/.test(name)) return false;
    const created = Number(/^T(\d+)$/m.exec(text)?.[1]) % 60;
    const written = [...text.matchAll(/^(?:H\?D\?.*|\t.*)\d\d:\d\d:(\d\d) /gm)];
    return written.some(([, seconds]) => Number(seconds) !== created);
  });
}

function createdAt(files: Readonly<Record<string, string>>): number {
  const control = Object.entries(files).find(([name]) => /^[qh]f/.test(name))?.[1];
  if (control !== undefined) return Number(/^T(\d+)$/m.exec(control)?.[1] ?? 0);
  return Date.parse(/^\t(?:for .*; )?(\w{3}, .* GMT)$/m.exec(files['dead.letter'] ?? '')?.[1] ?? '') / 1000 || 0;
}
