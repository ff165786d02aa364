import { describe, expect, it } from 'vitest';
import { chooseRelay } from '../../../core/delivery/route.js';

const RELAYS = {
  work: { from: ['*@work.example'] },
  home: { from: ['me@home.example', 'boss@work.example'] },
  list: { from: ['*@*.example', '*@*.lists.example'] },
};

const choose = (envelopeFrom: string, headerFrom: string | null = null, defaultRelay: string | null = null) =>
  chooseRelay({ envelopeFrom, headerFrom }, RELAYS, defaultRelay);

describe('chooseRelay', () => {
  it('takes the relay that names the domain of the envelope sender', () => {
    expect(choose('ann@work.example')).toEqual({ kind: 'relay', name: 'work' });
  });

  it('prefers an exact address to its domain', () => {
    expect(choose('boss@work.example')).toEqual({ kind: 'relay', name: 'home' });
  });

  it('prefers a whole domain to a wildcard, and takes the wildcard for the rest', () => {
    expect(choose('x@a.lists.example')).toEqual({ kind: 'relay', name: 'list' });
    expect(choose('x@sub.work.example')).toEqual({ kind: 'relay', name: 'list' });
    expect(choose('x@work.example')).toEqual({ kind: 'relay', name: 'work' });
  });

  it('does not let a wildcard match the domain itself or a name that merely ends alike', () => {
    const relays = { one: { from: ['*@*.lists.example'] } };

    expect(chooseRelay({ envelopeFrom: 'x@lists.example', headerFrom: null }, relays, null).kind).toBe('none');
    expect(chooseRelay({ envelopeFrom: 'x@evillists.example', headerFrom: null }, relays, null).kind).toBe('none');
  });

  it('takes upper and lower case as the same', () => {
    expect(choose('ME@Home.Example')).toEqual({ kind: 'relay', name: 'home' });
  });

  it('looks at From only when the envelope sender says nothing', () => {
    expect(choose('ann@work.example', 'me@home.example')).toEqual({ kind: 'relay', name: 'work' });
    expect(choose('alice@laptop', 'me@home.example')).toEqual({ kind: 'relay', name: 'home' });
    expect(choose('<>', 'ann@work.example')).toEqual({ kind: 'relay', name: 'work' });
    expect(choose('', 'ann@work.example')).toEqual({ kind: 'relay', name: 'work' });
  });

  it('falls back to the default', () => {
    expect(choose('stranger@elsewhere.test', null, 'home')).toEqual({ kind: 'relay', name: 'home' });
  });

  it('names the sender when nothing serves it, and takes no other relay', () => {
    expect(choose('stranger@elsewhere.test')).toEqual({
      kind: 'none',
      reason: expect.stringContaining('stranger@elsewhere.test'),
    });
  });

  it('names a default that does not exist', () => {
    expect(choose('stranger@elsewhere.test', null, 'hoem')).toEqual({
      kind: 'none',
      reason: expect.stringContaining('"hoem"'),
    });
  });

  it('says how to add the first relay', () => {
    expect(chooseRelay({ envelopeFrom: 'me@x.test', headerFrom: null }, {}, 'home')).toEqual({
      kind: 'none',
      reason: 'No relay is set up yet. Add one with: outtray relay add',
    });
  });
});
