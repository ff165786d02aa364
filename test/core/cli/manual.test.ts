/** The manual pages: sound as roff, and complete by the tables of the program. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Command, usageOf } from '../../../core/cli/command-form.js';
import { ALL_COMMANDS, COMMANDS, type CommandName, MAN_PAGES } from '../../../core/cli/command-table.js';
import { commandHelp } from '../../../core/cli/help.js';
import { EXAMPLE } from '../../../core/cli/manual/outtray-pages.js';
import { manualFiles, manualPages } from '../../../core/cli/manual/pages.js';
import { type Block, paragraph, toRoff } from '../../../core/cli/manual/roff.js';
import { OPTION_TEXTS } from '../../../core/cli/option-texts.js';
import { validateSettings } from '../../../core/config/settings-file.js';
import { settingEntries } from '../../../core/config/settings-schema.js';
import { parseSettingsText } from '../../../core/config/settings-text.js';
import { ExitStatus } from '../../../core/system/exit-status.js';

const DIFFERENCES = fs.readFileSync(path.resolve(import.meta.dirname, '../../../core/submission/SENDMAIL.md'), 'utf8');
const files = manualFiles(DIFFERENCES);

/** Checkers that are here, and the words of theirs that mean nothing: a page without a date is meant to have none. */
const CHECKERS = [
  { program: 'groff', args: ['-man', '-Tutf8', '-ww', '-z'], ignored: /$^/ },
  { program: 'mandoc', args: ['-Tlint', '-Wwarning'], ignored: /missing date/ },
].map((checker) => ({ ...checker, isHere: spawnSync(checker.program, ['-V']).error === undefined }));

function page(name: string): string {
  return files.get([...files.keys()].find((file) => path.basename(file).startsWith(`${name}.`)) ?? '') ?? '';
}

/** As roff writes it. */
const typed = (text: string): string => text.replaceAll('-', '\\-');

describe('each manual page', () => {
  for (const { program, args, ignored, isHere } of CHECKERS) {
    it.skipIf(!isHere).each([...files])(
      `%s is sound roff to ${program}${isHere ? '' : ` (skipped: no ${program} here)`}`,
      (_, text) => {
        const { stdout, stderr } = spawnSync(program, args, { input: text, encoding: 'utf8' });

        const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !ignored.test(line));

        expect(complaints).toEqual([]);
      },
    );
  }

  it('is one that `outtray man` knows', () => {
    expect(
      manualPages(DIFFERENCES)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...MAN_PAGES].sort());
  });

  it('is no worse for what a text holds', () => {
    const nasty: Block[] = [paragraph('.so /etc/passwd'), paragraph("'x \\n(.x"), paragraph('a\\b - "c" `-d`')];

    const text = toRoff({ name: 'x', section: 1, manual: 'X', summary: 's', blocks: nasty }, '1');

    expect(text).toContain('\n\\&.so /etc/passwd\n');
    expect(text).toContain('\n\\(aqx \\en(.x\n');
    expect(text).toContain('\na\\eb \\- \\(dqc\\(dq \\fB\\-d\\fR\n');
  });
});

describe('outtray(1)', () => {
  it('has every form of every command', () => {
    const usages = Object.entries(ALL_COMMANDS).flatMap(([name, { forms }]) =>
      Object.entries(forms).map(([formName, form]) => typed(usageOf(name, formName, form))),
    );

    expect(usages.filter((usage) => !page('outtray').includes(usage))).toEqual([]);
  });
});

describe('outtray help', () => {
  it.each(Object.keys(COMMANDS) as CommandName[])('says of %s what outtray(1) says', (name) => {
    const forms: Command['forms'] = COMMANDS[name].forms;
    const words = Object.values(forms).flatMap(({ does, options }) => [
      does,
      ...Object.values(options).map((option) => option.does),
    ]);
    const [help, manual] = [commandHelp(name), page('outtray')];

    expect(words.filter((text) => !help.includes(text))).toEqual([]);
    // There they are sentences.
    expect(words.filter((text) => !manual.includes(typed(text.slice(1)).replaceAll("'", '\\(aq')))).toEqual([]);
  });
});

describe('outtray-settings(5)', () => {
  it('has every setting with its default', () => {
    const missing = settingEntries().filter(
      ({ key, default: fallback, isSection }) =>
        !page('outtray-settings').includes(`\\fB${key}\\fR\n`) || (!isSection && fallback === undefined),
    );

    expect(missing).toEqual([]);
  });

  it('has an example that nothing is wrong with', () => {
    expect(validateSettings(parseSettingsText(EXAMPLE)).problems).toEqual([]);
  });
});

describe('sendmail(8)', () => {
  it('has every option', () => {
    expect(OPTION_TEXTS.filter(({ letter }) => !page('sendmail').includes(`\\fB\\-${letter}\\fR`))).toEqual([]);
  });

  it('has every exit status', () => {
    const names = Object.entries(ExitStatus).filter(([name]) => name !== 'OK');

    expect(names.filter(([name, status]) => !page('sendmail').includes(`\n${status} (EX_${name})\n`))).toEqual([]);
  });

  it('has every difference that SENDMAIL.md names', () => {
    const rows = DIFFERENCES.split('\n').filter((line) => /^\| (?!sendmail 8|-)/.test(line));
    const [, afterHeading = ''] = page('sendmail').split('.SH DIFFERENCES FROM SENDMAIL');
    const [items = ''] = afterHeading.split('.SH ');

    expect(rows.length).toBeGreaterThan(20);
    expect(items.match(/^\.TP$/gm)).toHaveLength(rows.length);
  });
});
