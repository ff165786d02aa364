/**
 * The commands sendmail, mailq and newaliases. Submission is all that is loaded from the start;
 * listing, runs and SMTP come with the mode that needs them. A message is safe in the queue
 * before anything tries to send it, and what that attempt does never changes the exit status.
 */
import type { SubmissionSettings } from '../config/submission-settings.js';
import type { SubmissionEnvironment } from '../submission/environment.js';
import { optionNames } from '../submission/option-names.js';
import { parseCommandLine } from '../submission/options.js';
import type { CommonOptions, Invocation, QueueRunOptions, SubmissionRequest } from '../submission/request.js';
import { explainFailure } from '../submission/storage.js';
import { submit } from '../submission/submit.js';
import { ExitStatus } from '../system/exit-status.js';
import { attemptAtOnce, endIfAsked } from './interrupts.js';
import type { Program } from './program-name.js';
import { rawArguments } from './raw-arguments.js';
import { asBytes, tolerateLeavingReaders, writeError, writeOut } from './standard-output.js';
import { findSurroundings, resolveCommandPaths } from './submission-environment.js';

export async function sendmail({ name, path, words }: Program): Promise<number> {
  const invocation = parseCommandLine(name, path, rawArguments(words), { root: process.getuid?.() === 0 });
  for (const remark of invocation.common.remarks) writeError(`sendmail: ${remark}\n`);
  for (const warning of invocation.warnings) writeOut(warning);
  try {
    return await carryOut(invocation);
  } catch (error) {
    const directory = resolveCommandPaths(process.env, invocation.common).spoolDirectory;
    const isSubmission = invocation.action.mode === 'deliver' || invocation.action.mode === 'smtp';
    const { status, words: reason } = explainFailure(error, directory, isSubmission ? undefined : 'use the queue');
    writeError(asBytes(`${name}: ${reason}\n`));
    return status;
  }
}

async function carryOut({ action, common }: Invocation): Promise<number> {
  if ((common.settingsFile !== null || common.queueDirectory !== null) && action.mode !== 'refused') {
    const { refusePlaces } = await import('./named-places.js');
    const refusal = refusePlaces(common, action);
    if (refusal !== null) {
      writeOut(refusal.words);
      return refusal.status;
    }
  }
  switch (action.mode) {
    case 'deliver':
      return deliver(action.request, common, action.withCodes);
    case 'smtp': {
      const { serveStandardIo } = await import('./smtp-stdio.js');
      return serveStandardIo(
        (settings) => withMode(action.request, common, settings),
        common,
        async (id, request) => {
          await sendNow(id, request, common, true);
          endIfAsked();
        },
      );
    }
    case 'verify': {
      const { verifyAddresses } = await import('./verify.js');
      return verifyAddresses(action.request, common);
    }
    case 'list': {
      const { listQueue } = await import('./mailq.js');
      return listQueue(action.list, common);
    }
    case 'run': {
      tolerateLeavingReaders();
      const { runQueueCommand } = await import('./queue-run.js');
      return runQueueCommand(action.run);
    }
    case 'aliases': {
      const { checkAliases } = await import('./newaliases.js');
      return checkAliases(common);
    }
    case 'address-test': {
      const { testAddresses } = await import('./address-test.js');
      return testAddresses(common);
    }
    case 'option-names':
      writeOut(`${optionNames().join('\n')}\n`);
      return ExitStatus.OK;
    case 'nothing':
      return ExitStatus.OK;
    case 'refused':
      writeOut(action.stdout);
      writeError(action.stderr);
      return action.status;
  }
}

async function deliver(request: SubmissionRequest, common: CommonOptions, withCodes = false): Promise<number> {
  const { environment: found, settings } = await findSurroundings(common);
  const speaking = withCodes ? { ...found, say: sayWithCode } : found;
  const environment = common.verbose ? await withAliasSteps(speaking) : speaking;
  const asked = withMode(request, common, settings);
  const { status, queuedId } = await submit(asked, environment);
  if (queuedId !== null) await sendNow(queuedId, asked, common);
  return status;
}

async function withAliasSteps(environment: SubmissionEnvironment): Promise<SubmissionEnvironment> {
  const { tellingSteps } = await import('./alias-steps.js');
  return { ...environment, aliases: tellingSteps(environment.aliases, environment.say) };
}

/** -ba */
function sayWithCode(text: string): void {
  writeOut(text.replace(/^(.*)\n/gm, '550 $1\r\n'));
}

const MODE_LETTERS = { deferred: 'd', queue: 'q', interactive: 'i', background: 'b' } as const;

/** -v waits for the attempt, whatever else is asked. */
function withMode(
  request: SubmissionRequest,
  { verbose }: CommonOptions,
  settings: SubmissionSettings,
): SubmissionRequest {
  return {
    ...request,
    deliveryMode: verbose ? 'i' : (request.deliveryMode ?? MODE_LETTERS[settings.delivery.mode]),
  };
}

/** -odi, -odb, -v: an attempt at once. */
async function sendNow(
  id: string,
  { deliveryMode }: SubmissionRequest,
  { verbose, settingsFile, queueDirectory, logTag }: CommonOptions,
  inSession = false,
): Promise<void> {
  const waits = deliveryMode === 'i';
  if (!waits && deliveryMode !== 'b') return;
  const run: QueueRunOptions = {
    ids: [id],
    filters: [],
    kind: 'qf',
    sort: null,
    verbose,
    inSession,
    foreground: waits,
    intervalSeconds: null,
    quarantine: null,
    settingsFile,
    queueDirectory,
    logTag,
  };
  tolerateLeavingReaders();
  try {
    const { runQueueCommand } = await import('./queue-run.js');
    await attemptAtOnce(() => runQueueCommand(run));
  } catch (error) {
    writeError(asBytes(`sendmail: queued, but not sent yet: ${error instanceof Error ? error.message : error}\n`));
  }
}
