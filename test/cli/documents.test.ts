/** Manual and completion as the build leaves them beside the program. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAN_PAGES } from '../../core/cli/command-table.js';
import { manualFiles } from '../../core/cli/manual/pages.js';
import { createHome, DIST } from '../support/outtray-home.js';

describe('the built manual', () => {
  it('is what the tables say now', () => {
    const source = path.resolve(import.meta.dirname, '../../core/submission/SENDMAIL.md');
    const wanted = manualFiles(fs.readFileSync(source, 'utf8'));

    const built = [...wanted.keys()].map((file) => [file, fs.readFileSync(path.join(DIST, 'man', file), 'utf8')]);

    expect(new Map(built as [string, string][])).toEqual(wanted);
  });

  it.each(MAN_PAGES)('is printed by: outtray man %s', async (name) => {
    const { status, stdout } = await createHome().run('outtray', ['man', name]);

    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^\\.TH ${name.toUpperCase()} \\d `));
  });

  it('has no page that is none', async () => {
    const { status, stderr } = await createHome().run('outtray', ['man', '../../etc/passwd']);

    expect(status).toBe(64);
    expect(stderr).toContain('outtray-settings');
  });
});

describe('the built completion', () => {
  it.each([
    ['bash', 'bash/outtray'],
    ['zsh', 'zsh/_outtray'],
  ])('of %s is what the program prints', async (shell, file) => {
    const { stdout } = await createHome().run('outtray', ['completion', shell]);

    expect(fs.readFileSync(path.join(DIST, 'completion', file), 'latin1')).toBe(stdout);
  });

  it('is printed for no shell that is none', async () => {
    const { status, stderr } = await createHome().run('outtray', ['completion', 'tcsh']);

    expect(status).toBe(64);
    expect(stderr).toContain('bash, zsh, fish');
  });
});
