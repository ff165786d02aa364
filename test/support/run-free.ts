/** What a submission of a built command leaves and says, with all that varies from run to run put into words. */

export interface Outcome {
  readonly files: Readonly<Record<string, string>>;
  readonly exit: number | null;
  readonly stdout: string;
}

/** What varies from run to run put into words: ids by order, or of a message that was not kept, times, the version. */
export function withoutRun({ files, exit, stdout }: Outcome): Outcome {
  const names = Object.keys(files).filter((name) => /^[dhqQ]f/.test(name));
  const ids = [...new Set(names.map((name) => name.slice(2)))].sort();
  const plain = (text: string): string =>
    ids
      .reduce((all, id, index) => all.replaceAll(id, `id-${index + 1}`), text)
      .replace(/\b\w{8}\d{6}\b(?=[@;\n])/g, 'id-0')
      .replace(/^([TK])\d{9,}$/gm, '$1seconds')
      .replace(/(id-\d)\.\d{9,}\//g, '$1.seconds/')
      .replace(/\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d /g, 'date ')
      .replace(/<\d{12}\.id-/g, '<minute.id-')
      .replace(/^(\tby \S+) \(.*?\)/gm, '$1 (version)')
      .replace(/^(220 \S+ ESMTP) \S.*; date /g, '$1 version; date ')
      // Of -bv: no relay of ours has brackets around its name.
      .replaceAll('host [127.0.0.1], ', 'host 127.0.0.1, ')
      .replace(/ port \d+ via /g, ' port via ')
      .replace(/250-(?:AUTH DIGEST-MD5 CRAM-MD5|SMTPUTF8)\r\n/, '');
  return {
    files: Object.fromEntries(Object.entries(files).map(([name, text]) => [plain(name), plain(text)])),
    exit,
    stdout: plain(stdout),
  };
}

/** A report is tried at once by sendmail; our submission waits for no relay (SENDMAIL.md). */
export function withoutAttemptOfReports(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const untried = (control: string): string =>
    control
      .replace(/^K\d+$/m, 'K0')
      .replace(/^N1$/m, 'N0')
      .replace(/^I\d.*\n/m, '')
      .replace(/^MDeferred: .*\n/m, '');
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name,
      name.startsWith('qf') && /^F\w*r/m.test(text) ? untried(text) : text,
    ]),
  );
}
