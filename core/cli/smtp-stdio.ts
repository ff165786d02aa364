/** `sendmail -bs`: the SMTP session with this process's surroundings. */
import type { SubmissionSettings } from '../config/submission-settings.js';
import type { CommonOptions, SubmissionRequest } from '../submission/request.js';
import { serveSmtp } from '../submission/smtp-session.js';
import { readDialogue } from './standard-input.js';
import { findSurroundings } from './submission-environment.js';

export async function serveStandardIo(
  requestBy: (settings: SubmissionSettings) => SubmissionRequest,
  common: CommonOptions,
  onQueued: (id: string, request: SubmissionRequest) => Promise<void>,
): Promise<number> {
  const { environment: found, settings } = await findSurroundings(common);
  const request = requestBy(settings);
  const environment = { ...found, input: readDialogue() };
  return serveSmtp(request, environment, {
    software: environment.version,
    onQueued: (id) => onQueued(id, request),
  });
}
