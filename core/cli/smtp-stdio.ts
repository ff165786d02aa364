/** `sendmail -bs`: the SMTP session with this process's surroundings. */
import type { CommonOptions, SubmissionRequest } from '../submission/request.js';
import { serveSmtp } from '../submission/smtp-session.js';
import { readDialogue } from './standard-input.js';
import { findSurroundings, type Surroundings } from './submission-environment.js';

export function serveStandardIo(
  request: SubmissionRequest,
  common: CommonOptions,
  onQueued: (id: string, surroundings: Surroundings) => Promise<void>,
): Promise<number> {
  const surroundings = findSurroundings(common);
  const environment = { ...surroundings.environment, input: readDialogue() };
  return serveSmtp(request, environment, {
    software: environment.version,
    onQueued: (id) => onQueued(id, surroundings),
  });
}
