import { describe, expect, it } from 'vitest';
import { matchesFilters, parseQueueFilter, parseSortOrder, type QueueFilter } from '../../../core/spool/selection.js';
import type { JobSnapshot } from '../../../core/spool/spool.js';
import { sampleControl } from './support.js';

function job(id: string, changes: Parameters<typeof sampleControl>[0] = {}): JobSnapshot {
  return { id, kind: 'qf', control: sampleControl(changes), dataBytes: 1, dataChangedAtNs: 0n, locked: false };
}

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

describe('matchesFilters', () => {
  const message = job('6AKNAmvf001884', { sender: 'Alice', ...to('bob@example.net', 'carol@example.com') });

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
    ['a reason it does not have', ['Qx'], false],
  ])('%s', (_, filters, answer) => {
    expect(matchesFilters(message, filters.map(filter))).toBe(answer);
  });
});

describe('parseSortOrder', () => {
  it.each([
    ['Priority', 'priority'],
    ['h', 'host'],
    ['shuffle', 'random'],
    ['random', 'random'],
    ['time', 'time'],
    ['', null],
    ['x', null],
  ])('reads %j as %j', (text, order) => {
    expect(parseSortOrder(text)).toBe(order);
  });
});
