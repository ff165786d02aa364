/**
 * The surroundings of a submission as the `sendmail` command finds them: settings, user, clock,
 * standard input. What is wrong with the settings is said once and logged; mail is taken all the
 * same. Nothing here asks the network for anything.
 */
import fs from 'node:fs';
import path from 'node:path';
import { loadSubmissionSettings, type SubmissionSettings } from '../config/submission-settings.js';
import { createQueueIdSource } from '../spool/queue-id.js';
import { type AliasSettings, openAliases } from '../submission/alias-sources.js';
import type { SubmissionEnvironment } from '../submission/environment.js';
import { currentSubmitter, lookUpFullName, ownHostname } from '../submission/identity.js';
import { localOffsetMinutes } from '../submission/local-time.js';
import type { CommonOptions } from '../submission/request.js';
import { systemClock } from '../system/clock.js';
import { openMailLog } from '../system/log.js';
import { type Environment, homeDirectory, type Paths, resolvePaths } from '../system/paths.js';
import { VERSION } from '../system/version.js';
import { onInterrupt } from './interrupts.js';
import { rawVariable } from './raw-arguments.js';
import { readStandardInput } from './standard-input.js';
import { asBytes, writeError, writeOut } from './standard-output.js';

export interface Surroundings {
  readonly paths: Paths;
  readonly settings: SubmissionSettings;
  readonly environment: SubmissionEnvironment;
}

export function resolveCommandPaths(
  env: Environment,
  common: Pick<CommonOptions, 'settingsFile' | 'queueDirectory'>,
): Paths {
  const found = resolvePaths(env);
  return {
    ...found,
    ...(common.settingsFile === null ? {} : { settingsFile: path.resolve(fromBytes(common.settingsFile)) }),
    ...(common.queueDirectory === null ? {} : { spoolDirectory: path.resolve(fromBytes(common.queueDirectory)) }),
  };
}

/** `tell`: where remarks go besides the log; who serves many sessions has told of them already. */
export async function findSurroundings(
  common: CommonOptions,
  env: Environment = process.env,
  tell: (words: string) => void = (words) => writeError(asBytes(`sendmail: ${words}\n`)),
): Promise<Surroundings> {
  const paths = resolveCommandPaths(env, common);
  const { settings, problems } = await loadSubmissionSettings(paths.settingsFile);
  const tag = common.logTag === null ? 'sendmail' : fromBytes(common.logTag);
  const systemLog = settings.log.system ? await loadSystemLog(tag) : null;
  const log = openMailLog(paths.logFile, systemLog === null ? { tag } : { tag, beside: () => systemLog });
  const remark = (words: string): void => {
    tell(words);
    log.write(null, words);
  };
  for (const { key, line, message } of problems) {
    const where = key === '' ? '' : ` ${key}:`;
    remark(`${path.basename(paths.settingsFile)} line ${line}:${where} ${message}`);
  }
  const environment: SubmissionEnvironment = {
    clock: systemClock,
    offsetMinutes: (atMilliseconds) => localOffsetMinutes(atMilliseconds),
    ids: createQueueIdSource(),
    submitter: currentSubmitter(),
    lookUpFullName,
    fullName: rawVariable('NAME') || null,
    hostname: ownHostname(settings.hostname),
    version: `Outtray/${VERSION}/Submit`,
    spoolDirectory: paths.spoolDirectory,
    settings,
    aliases: openAliases(settings.aliases, aliasSettings(paths, common, env), ownHostname(settings.hostname), remark),
    home: homeDirectory(env),
    log,
    input: readStandardInput(),
    freeBytes,
    say: writeOut,
    complain: writeError,
    onInterrupt,
  };
  return { paths, settings, environment };
}

/** Native code, which a program that hands us its mail waits for only where it is wanted; null: it cannot be had here. */
async function loadSystemLog(tag: string): Promise<((text: string) => void) | null> {
  try {
    const { openSystemLog } = await import('../system/system-log.js');
    return openSystemLog(tag);
  } catch {
    return null;
  }
}

/** What flags name may be a stranger's wish (named-places.ts). */
export function aliasSettings(
  { settingsFile }: Paths,
  common: Pick<CommonOptions, 'settingsFile'>,
  env: Environment = process.env,
): AliasSettings {
  const byFlag = common.settingsFile !== null && settingsFile !== resolvePaths(env).settingsFile;
  return { file: settingsFile, byFlag };
}

function freeBytes(directory: string): number | null {
  try {
    const { bavail, bsize } = fs.statfsSync(directory);
    return bavail * bsize;
  } catch {
    return null;
  }
}

function fromBytes(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
