import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../core/submission/options.js';
import type { SubmissionRequest } from '../../../core/submission/request.js';

describe('the command line', () => {
  it('ends its options at the first word that is none', () => {
    const request = deliver('bob@example.net', '-i', '-F', 'x');

    expect(request.recipients).toEqual(['bob@example.net', '-i', '-F', 'x']);
    expect(request).toMatchObject({ ignoreDots: false, fullName: null });
  });

  it('takes everything behind -- for recipients', () => {
    expect(deliver('-i', '--', '-x').recipients).toEqual(['-x']);
  });

  it('reads letters joined in one word, with the argument at its end', () => {
    expect(deliver('-tiFAlice Example', 'bob')).toMatchObject({
      recipientsFromHeader: true,
      ignoreDots: true,
      fullName: 'Alice Example',
      recipients: ['bob'],
    });
  });

  it('takes the sender from -f or -r', () => {
    expect(deliver('-f', 'a@b', 'bob')).toMatchObject({ sender: 'a@b', senderOption: 'f' });
    expect(deliver('-ra@b', 'bob')).toMatchObject({ sender: 'a@b', senderOption: 'r' });
    expect(deliver('-f', '', 'bob').sender).toBe('');
  });

  it.each([
    [['-oi'], { ignoreDots: true }],
    [['-O', 'IgnoreDots=true'], { ignoreDots: true }],
    [['-odb'], { deliveryMode: 'b' }],
    [['-O', 'deliverymode=queue'], { deliveryMode: 'q' }],
    [['-oem'], { errorMode: 'm' }],
    [['-em'], { errorMode: 'm' }],
    [['-oez'], { errorMode: 'p' }],
    [['-o7'], { sevenBit: true, bodyType: null }],
    [['-B8bitmime'], { bodyType: '8bitmime' }],
    [['-Nsuccess,delay'], { notify: 'SD' }],
    [['-Rhdrs'], { returnPart: 'headers' }],
    [['-Va+3Db'], { envelopeId: 'a+3Db' }],
    [['-pESMTP:mail.example.com'], { protocol: 'ESMTP', receivedFrom: 'mail.example.com' }],
    [['-oMrUUCP', '-oMshost'], { protocol: 'UUCP', receivedFrom: 'host' }],
    [['-h', '3'], { hopCount: 3 }],
    [['-G'], { relayed: true }],
    [['-n'], { noAliases: true }],
  ])('%j means %j', (words, expected) => {
    expect(deliver(...words, 'bob')).toMatchObject(expected);
  });

  it.each(['-Ac', '-Am', '-c', '-m', '-om', '-s', '-T', '-d0-99.1', '-Dx', '-ox', '-OSuperSafe=true', '-OTimeout=1h'])(
    'takes %s, which changes nothing',
    (word) => {
      expect(deliver(word, 'bob')).toEqual(deliver('bob'));
    },
  );

  it('finds queue directory, settings file, tag and verbosity', () => {
    const { common } = parse('-C', 'set.json', '-OQueueDirectory=/q', '-Ltag', '-v', 'bob');

    expect(common).toMatchObject({ settingsFile: 'set.json', queueDirectory: '/q', logTag: 'tag', verbose: true });
    expect(parse('-oQ/q', 'bob').common.queueDirectory).toBe('/q');
  });

  it.each([
    [['-Z'], 64, '', '/usr/sbin/sendmail: illegal option -- Z\n'],
    [['-f'], 64, '', '/usr/sbin/sendmail: option requires an argument -- f\n'],
    [['-OFoo=bar'], 70, 'readcf: unknown option name Foo\n', ''],
    [['-odz'], 64, 'Unknown delivery mode z\n', ''],
    [['-bz'], 64, 'Frozen configurations unsupported\n', ''],
    [['-bd'], 64, '550 Mail submission program cannot be used as daemon\r\n', ''],
    [['-bD'], 64, 'Mail submission program cannot be used as daemon\n', ''],
    [['-bs', '-q'], 64, '550 Can not use -q with -bs\r\n', ''],
    [['-Rfull', '-Rhdrs'], 64, 'Duplicate -R flag\n', ''],
    [['-q5x'], 64, "Invalid time unit `x'\n", ''],
    [['-bP'], 0, 'Data unavailable: shared memory not updated\n', ''],
  ])('%j ends with %i, saying %j', (words, status, stdout, stderr) => {
    expect(parse(...words).action).toEqual({ mode: 'refused', status, stdout, stderr });
  });
});

describe('the modes', () => {
  it.each([
    ['mailq', 'list'],
    ['newaliases', 'aliases'],
    ['hoststat', 'nothing'],
    ['purgestat', 'refused'],
    ['sendmail', 'deliver'],
  ])('%s is %s', (name, mode) => {
    expect(parseCommandLine(name, name, []).action.mode).toBe(mode);
  });

  it.each([
    ['-bm', 'deliver'],
    ['-ba', 'deliver'],
    ['-bs', 'smtp'],
    ['-bp', 'list'],
    ['-bv', 'verify'],
    ['-bi', 'aliases'],
    ['-bO', 'option-names'],
  ])('%s is %s', (word, mode) => {
    expect(parse(word).action.mode).toBe(mode);
  });

  it('runs the queue with filters, of held or lost messages too', () => {
    expect(parse('-q', '-v').action).toMatchObject({
      mode: 'run',
      run: { filters: [], kind: 'qf', verbose: true, foreground: true, intervalSeconds: null },
    });
    expect(parse('-qRbob', '-q!Seve').action).toMatchObject({
      run: {
        filters: [
          { by: 'R', text: 'bob', negated: false },
          { by: 'S', text: 'eve', negated: true },
        ],
        foreground: false,
      },
    });
    expect(parse('-qQ').action).toMatchObject({ run: { kind: 'hf' } });
    expect(parse('-qf').action).toMatchObject({ run: { foreground: true } });
  });

  it.each([
    ['-q30m', 1800],
    ['-q30', 1800],
    ['-q1h30m', 5400],
    ['-q10s', 10],
    ['-qp', 1],
  ])('%s repeats every %i s', (word, intervalSeconds) => {
    expect(parse(word).action).toMatchObject({ run: { intervalSeconds } });
  });

  it('quarantines and releases', () => {
    expect(parse('-Qspam', '-qIx').action).toMatchObject({ run: { quarantine: { reason: 'spam' } } });
    expect(parse('-Q', '-qQ').action).toMatchObject({ run: { quarantine: { reason: null }, kind: 'hf' } });
  });

  it('lists what filters select', () => {
    expect(parse('-bp', '-qRbob', '-OQueueSortOrder=time', '-OMaxQueueRunSize=2').action).toEqual({
      mode: 'list',
      list: {
        filters: [{ by: 'R', text: 'bob', negated: false }],
        kind: 'qf',
        sort: 'time',
        limits: { jobs: 2, minAgeSeconds: 0, maxAgeSeconds: 0, load: null },
        group: null,
      },
    });
  });

  it('warns of submission options where nothing is submitted', () => {
    expect(parse('-bp', '-t').warnings).toEqual([
      'WARNING: Ignoring submission mode -t option (not in submission mode)\n',
    ]);
    expect(parse('-t', 'bob').warnings).toEqual([]);
  });
});

function parse(...words: string[]) {
  return parseCommandLine('sendmail', '/usr/sbin/sendmail', words);
}

function deliver(...words: string[]): SubmissionRequest {
  const { action } = parse(...words);
  if (action.mode !== 'deliver') throw new Error(`mode ${action.mode}: ${JSON.stringify(action)}`);
  return action.request;
}
