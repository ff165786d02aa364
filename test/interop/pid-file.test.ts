/** sm-client.pid with the real sendmail: the same form, and one lock for both. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { claimPidFile, PID_FILE } from '../../core/cli/pid-file.js';
import { setUpRealSendmail, whyNoRealSendmail } from '../support/real-sendmail.js';

const missing = whyNoRealSendmail();
const PLACE = `define(\`confPID_FILE', MSP_QUEUE_DIR\`/${PID_FILE}')`;

function hasEnded(pid: number): boolean {
  return !fs.existsSync(`/proc/${pid}`) || / Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

describe.skipIf(missing !== null)(
  `the process id file of a runner${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    it('is left to a runner of the real sendmail, and has its form when that has gone', async () => {
      const real = setUpRealSendmail(9, PLACE);
      const file = path.join(real.spoolDirectory, PID_FILE);
      await real.run(['-q30m']);
      await vi.waitUntil(() => fs.existsSync(file) && fs.readFileSync(file, 'utf8').endsWith('\n'), { interval: 5 });
      const theirs = fs.readFileSync(file, 'utf8').split('\n');
      const mode = fs.statSync(file).mode & 0o777;
      const pid = Number(theirs[0]);

      const whileTheirs = claimPidFile(real.spoolDirectory, 'sendmail -Ac -q30m');
      process.kill(pid, 'SIGTERM');
      await vi.waitUntil(() => hasEnded(pid), { interval: 5, timeout: 20_000 });
      const ours = claimPidFile(real.spoolDirectory, theirs[1] ?? '');
      onTestFinished(() => ours?.remove());

      expect(whileTheirs).toBeNull();
      expect(fs.readFileSync(file, 'utf8').split('\n')).toEqual([String(process.pid), ...theirs.slice(1)]);
      expect(fs.statSync(file).mode & 0o777).toBe(mode);
    });
  },
);
