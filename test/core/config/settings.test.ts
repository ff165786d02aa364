import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { editSettings } from '../../../core/config/edit-settings.js';
import { loadSettings, reloadSettings } from '../../../core/config/settings-file.js';
import { loadSubmissionSettings } from '../../../core/config/submission-settings.js';

const HOME = '"home": { "host": "smtp.example.org", "port": 465, "security": "tls" }';

function settingsFile(text?: string): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-settings-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  const file = path.join(directory, 'settings.json');
  if (text !== undefined) fs.writeFileSync(file, text);
  return file;
}

describe('settings', () => {
  it('a missing file means the safe defaults and no problem', () => {
    const { settings, problems } = loadSettings(settingsFile());

    expect(problems).toEqual([]);
    expect(settings).toMatchObject({ relays: {}, defaultRelay: null, queue: { maxMessageBytes: 50_000_000 } });
    expect(settings.delivery).toMatchObject({
      whenUncertain: 'retry',
      warnAfter: 4 * 3_600_000,
      giveUpAfter: 5 * 86_400_000,
    });
  });

  it('reads comments, trailing commas, durations and sizes', () => {
    const file = settingsFile(
      `{\n  // my relay\n  "relays": { ${HOME}, },\n  "notifications": { "stuckAfter": "90s" },\n}`,
    );

    const { settings, problems } = loadSettings(file);

    expect(problems).toEqual([]);
    expect(settings.relays.home).toMatchObject({
      port: 465,
      concurrency: 4,
      auth: { method: 'none' },
      tls: { minVersion: 'TLSv1.2' },
    });
    expect(settings.notifications.stuckAfter).toBe(90_000);
  });

  it('names line and key of a wrong value, leaves that relay out and keeps the others', () => {
    const file = settingsFile(
      `{\n  "relays": {\n    "work": {\n      "host": "smtp.example.com",\n      "port": "587",\n      "security": "starttls"\n    },\n    ${HOME}\n  }\n}`,
    );

    const { settings, problems } = loadSettings(file);

    expect(problems).toEqual([{ key: 'relays.work.port', line: 5, message: 'must be a number' }]);
    expect(Object.keys(settings.relays)).toEqual(['home']);
  });

  it('names an unknown key, a missing one, a wrong word and a default relay that is not there', () => {
    const file = settingsFile(
      '{\n"relay": {},\n"relays": { "a": { "port": 25, "security": "ssl" } },\n"defaultRelay": "b"\n}',
    );

    const { problems } = loadSettings(file);

    expect(problems).toEqual([
      { key: 'relays.a.host', line: 3, message: 'must be a text, and is missing' },
      { key: 'relays.a.security', line: 3, message: 'must be one of "tls", "starttls", "none"' },
      { key: 'relay', line: 2, message: 'is not a setting' },
      { key: 'defaultRelay', line: 4, message: 'names the relay "b", which is not set up' },
    ]);
  });

  it.each([
    [
      '{"senders": {"a b": "x"}}',
      'senders.a b',
      'is a name that must be an address, a user or "@" and a host, such as "root@laptop.example.org"',
    ],
    [
      '{"log": {"maxBytes": 10}}',
      'log.maxBytes',
      'must be a size such as "500kB" or "10MB", or "0": it may grow for ever',
    ],
    [
      '{"log": {"maxBytes": "10"}}',
      'log.maxBytes',
      'must be a size such as "500kB" or "10MB", or "0": it may grow for ever',
    ],
    ['{"log": {"keep": -1}}', 'log.keep', 'must be 0 at least'],
    ['{"log": {"system": "yes"}}', 'log.system', 'must be true or false'],
    [
      '{"network": {"probeTimeout": 10}}',
      'network.probeTimeout',
      'must be a duration such as "90s", "10m", "4h" or "5d"',
    ],
    ['{"aliases": {}}', 'aliases', 'must be a text or a list of texts'],
    ['{"aliases": [1]}', 'aliases', 'must be a text or a list of texts'],
    ['{"aliases": ""}', 'aliases', 'must not be empty'],
    ['{"trustedUsers": "bob"}', 'trustedUsers', 'must be a list in square brackets'],
    ['{"masquerade": true}', 'masquerade', 'must be an object in braces'],
    ['{"listener": {"enabled": "yes"}}', 'listener.enabled', 'must be true or false'],
    ['{"listener": {"port": 99999}}', 'listener.port', 'must be 65535 at most'],
    ['{"listener": {"port": 25.5}}', 'listener.port', 'must be a whole number'],
    ['{"queue": {"maxRecipients": -1}}', 'queue.maxRecipients', 'must be 0 at least'],
  ])('says in words what may stand there instead of %s', (text, key, message) => {
    expect(loadSettings(settingsFile(text)).problems).toEqual([{ key, line: 1, message }]);
  });

  it('says where the text stops being JSON', () => {
    const { problems } = loadSettings(settingsFile('{\n  "hostname": "a"\n  "defaultRelay": null\n}'));

    expect(problems[0]).toEqual({ key: '', line: 3, message: 'not valid JSON: comma expected' });
  });

  it('says once that two braces are missing', () => {
    const { problems } = loadSettings(settingsFile('{ "relays": {\n'));

    expect(problems).toEqual([{ key: '', line: 2, message: 'not valid JSON: close brace expected' }]);
  });

  it('needs a user name where a password is asked for', () => {
    const file = settingsFile(
      `{"relays": {"a": {"host": "h", "port": 25, "security": "tls", "auth": {"method": "password"}}}}`,
    );

    expect(loadSettings(file).problems).toEqual([
      { key: 'relays.a.auth.user', line: 1, message: 'must be the user name to sign in with' },
    ]);
  });
});

describe('settings saved while a program runs', () => {
  it.each(['', '{ "relays": {', '[]'])('keep what was in force when the new text says nothing (%j)', (text) => {
    const file = settingsFile(`{"relays": {${HOME}}}`);
    const before = loadSettings(file);
    fs.writeFileSync(file, text);

    const after = reloadSettings(file, before);

    expect(Object.keys(after.settings.relays)).toEqual(['home']);
    expect(after.problems).not.toEqual([]);
  });

  it('take a change at its word when it can be read', () => {
    const file = settingsFile(`{"relays": {${HOME}}}`);
    const before = loadSettings(file);
    fs.writeFileSync(file, '{}');

    expect(reloadSettings(file, before).settings.relays).toEqual({});
  });
});

it('remembers whose mail a relay with a mistake would have served', () => {
  const file = settingsFile(
    `{"relays": {${HOME}, "work": {"host": "h", "port": 0, "security": "tls", "from": ["*@work.example"]}}}`,
  );

  expect(loadSettings(file).brokenRelays).toEqual({ work: { from: ['*@work.example'] } });
});

it('lets plain text go to this computer alone, unless it is allowed by hand', () => {
  const relay = (more: string) => settingsFile(`{"relays": {"a": {"port": 25, "security": "none", ${more}}}}`);

  expect(loadSettings(relay('"host": "127.0.0.1"')).problems).toEqual([]);
  expect(loadSettings(relay('"host": "mail.example.org", "allowPlaintext": true')).problems).toEqual([]);
  expect(loadSettings(relay('"host": "mail.example.org"')).problems).toMatchObject([{ key: 'relays.a.security' }]);
});

describe('settings of a submission', () => {
  it('fall back to the default, and name what is wrong', async () => {
    const file = settingsFile(
      '{\n"hostname": "laptop.example.org",\n"queue": { "maxMessageBytes": "lots" },\n"delivery": { "mode": "fast" },\n"log": { "system": 1 }\n}',
    );

    const { settings, problems } = await loadSubmissionSettings(file);

    expect(settings).toMatchObject({
      hostname: 'laptop.example.org',
      queue: { maxMessageBytes: 50_000_000 },
      delivery: { mode: 'deferred' },
      log: { system: false },
    });
    expect(problems.map((problem) => [problem.line, problem.key])).toEqual([
      [4, 'delivery.mode'],
      [5, 'log.system'],
      [3, 'queue.maxMessageBytes'],
    ]);
  });

  it('agree with the whole schema on the defaults', async () => {
    const file = settingsFile('{}');

    const { settings } = await loadSubmissionSettings(file);

    expect(loadSettings(file).settings).toMatchObject(settings);
  });
});

describe('editing settings', () => {
  it('keeps comments, and creates the file for its owner alone', () => {
    const file = settingsFile('{\n  // keep me\n  "hostname": "a.example" // and me\n}\n');
    const created = settingsFile();

    editSettings(file, [{ path: ['defaultRelay'], value: null }]);
    editSettings(created, [{ path: ['hostname'], value: 'b.example' }]);

    const text = fs.readFileSync(file, 'utf8');
    expect(text).toContain('// keep me');
    expect(text).toContain('// and me');
    expect(loadSettings(file)).toMatchObject({ settings: { hostname: 'a.example' }, problems: [] });
    expect(fs.statSync(created).mode & 0o777).toBe(0o600);
  });

  it('refuses a change that would make the file wrong, and leaves it as it was', () => {
    const file = settingsFile('{}\n');

    expect(() => editSettings(file, [{ path: ['relays', 'a'], value: { host: 'h' } }])).toThrow(
      /relays\.a\.port must be a number/,
    );
    expect(fs.readFileSync(file, 'utf8')).toBe('{}\n');
  });
});
