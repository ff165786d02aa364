import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatControlFile } from '../../../core/spool/control-file.js';
import { scanQueue } from '../../../core/spool/queue-scan.js';
import { parseQueueFilter, parseSortOrder, type QueueFilter } from '../../../core/spool/selection.js';
import { sampleControl, temporaryDirectory } from './support.js';

function to(...addresses: string[]): { recipients: { flags: string; address: string }[] } {
  return { recipients: addresses.map((address) => ({ flags: 'PFD', address })) };
}

function filter(text: string): QueueFilter {
  const parsed = parseQueueFilter(text);
  if (parsed === null) throw new Error(`no filter: ${text}`);
  return parsed;
}

describe('parseQueueFilter', () => {
  it('reads what and whether it is negated', () => {
    expect(parseQueueFilter('Rbob@x')).toEqual({ by: 'R', text: 'bob@x', negated: false });
    expect(parseQueueFilter('!Qspam')).toEqual({ by: 'Q', text: 'spam', negated: true });
  });

  it.each(['', 'Q', '30m', 'Ggroup', '!Ggroup', 'f', 'p'])('takes %j for none', (text) => {
    expect(parseQueueFilter(text)).toBeNull();
  });
});

describe('filters', () => {
  const chosen = (filters: readonly string[]): number => {
    const directory = temporaryDirectory();
    const control = sampleControl({ sender: 'Alice', ...to('bob@example.net', 'carol@example.com') });
    fs.writeFileSync(path.join(directory, 'qf6AKNAmvf001884'), formatControlFile(control));
    const options = { kind: 'qf', filters: filters.map(filter), sort: 'priority', nowSeconds: 0 } as const;
    return scanQueue(directory, options).total;
  };

  it.each([
    ['no filter', [], true],
    ['a part of the file name', ['Iqf6AKN'], true],
    ['the file name in other letters', ['I6akn'], false],
    ['the sender without case', ['Salice'], true],
    ['one of the recipients', ['RCAROL'], true],
    ['none of them', ['Rdave'], false],
    ['one of several of a kind', ['Rdave', 'Rbob'], true],
    ['only one of two kinds', ['Salice', 'Rdave'], false],
    ['what is not there, negated', ['!Sbob'], true],
    ['what is there, negated', ['!Salice'], false],
    ['what one of several recipients is not', ['!Rbob'], true],
    ['a reason it does not have', ['Qx'], false],
  ])('by %s', (_, filters, answer) => {
    expect(chosen(filters)).toBe(answer ? 1 : 0);
  });
});

describe('parseSortOrder', () => {
  it.each([
    ['Priority', 'priority'],
    ['h', 'host'],
    ['shuffle', 'shuffle'],
    ['random', 'random'],
    ['time', 'time'],
    ['', null],
    ['x', null],
  ])('reads %j as %j', (text, order) => {
    expect(parseSortOrder(text)).toBe(order);
  });
});
