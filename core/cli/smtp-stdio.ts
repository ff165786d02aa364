/** `sendmail -bs`: the SMTP session with this process's surroundings. */
import type { SubmissionSettings } from '../config/submission-settings.js';
import { type CommonOptions, isTriedAtOnce, type SubmissionRequest } from '../submission/request.js';
import { serveSmtp } from '../submission/smtp-session.js';
import { readDialogue } from './dialogue-input.js';
import { leaveSignalsAlone } from './interrupts.js';
import { findSurroundings } from './submission-environment.js';

export async function serveStandardIo(
  requestBy: (settings: SubmissionSettings) => SubmissionRequest,
  common: CommonOptions,
  onQueued: (id: string, request: SubmissionRequest) => Promise<void>,
): Promise<number> {
  const { environment: found, settings } = await findSurroundings(common);
  const request = requestBy(settings);
  // What a run of our own has left to do goes on while we wait.
  const alone = !isTriedAtOnce(request);
  const environment = {
    ...found,
    input: readDialogue(() => alone && leaveSignalsAlone()),
    offsetMinutes: onceAQuarter(found.offsetMinutes),
  };
  return serveSmtp(request, environment, {
    software: environment.version,
    onQueued: (id) => onQueued(id, request),
  });
}

const QUARTER_MS = 15 * 60 * 1000;

/** Local time changes its offset between quarters of an hour: not for each message the zone file has to be read. */
function onceAQuarter(offsetMinutes: (atMilliseconds: number) => number): (atMilliseconds: number) => number {
  let quarter = -1;
  let known = 0;
  return (atMilliseconds) => {
    const now = Math.floor(atMilliseconds / QUARTER_MS);
    if (now !== quarter) known = offsetMinutes(atMilliseconds);
    quarter = now;
    return known;
  };
}
