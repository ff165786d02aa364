import { describe, expect, it } from 'vitest';
import { addressKey, editControl, isSameMessage } from '../../../core/queue/edit.js';
import { control, NOW_SECONDS, recipient } from './fixtures.js';

const LATER = { nowSeconds: NOW_SECONDS + 3600, bodyBytes: 7 };

/** As a run leaves it that had one recipient refused. */
const failed = control({
  attempts: 3,
  lastAttemptSeconds: NOW_SECONDS + 60,
  priority: 300_022,
  flags: 'wsdn',
  bodyType: '7BIT',
  envelopeId: 'env+201',
  authParameter: 'alice@laptop.example.org',
  message: '550 5.1.1 User unknown',
  quarantineReason: 'failed: 550 5.1.1 User unknown',
  dataFileId: '8/1/123',
  recipients: [
    recipient('Bob <bob@example.net>', {
      flags: 'PNSF',
      originalRecipient: 'rfc822;b@example.net',
      message: '550 5.1.1 User unknown',
      controllingUser: ':bob@example.net',
    }),
    recipient('ann@example.net', { flags: 'PN' }),
  ],
});

describe('editControl', () => {
  it('makes a message as new and untried as any, from one that was refused', () => {
    const edited = editControl(failed, {}, LATER);

    expect(edited).toEqual({
      version: 8,
      createdAtSeconds: LATER.nowSeconds,
      lastAttemptSeconds: 0,
      attempts: 0,
      priority: expect.any(Number),
      bodyType: '7BIT',
      flags: 'sdn',
      macros: [],
      sender: 'alice',
      envelopeId: 'env+201',
      authParameter: 'alice@laptop.example.org',
      recipients: [
        { flags: 'PNSF', originalRecipient: 'rfc822;b@example.net', address: 'Bob <bob@example.net>' },
        { flags: 'PN', address: 'ann@example.net' },
      ],
      headers: failed.headers,
    });
    expect(edited.priority).toBeGreaterThan(60_000);
    expect(edited.priority).toBeLessThan(61_000);
  });

  it('keeps what was asked for recipients that stay, and asks nothing for one that is new', () => {
    const { recipients } = editControl(
      failed,
      { recipients: ['robert@example.net', 'bob@EXAMPLE.net', 'bob@example.net'] },
      LATER,
    );

    expect(recipients).toEqual([
      { flags: 'PFD', address: 'robert@example.net' },
      { flags: 'PNSF', originalRecipient: 'rfc822;b@example.net', address: 'Bob <bob@example.net>' },
    ]);
  });

  it('lets nobody vouch for another sender', () => {
    const edited = editControl(failed, { sender: 'carol@example.org' }, LATER);

    expect(edited.sender).toBe('carol@example.org');
    expect(edited).not.toHaveProperty('authParameter');
  });

  it('says what an edited body is made of', () => {
    expect(editControl(failed, { eightBit: true }, LATER)).toMatchObject({ flags: '8sdn', bodyType: '8BITMIME' });
    expect(editControl({ ...failed, flags: '8bs' }, { eightBit: false }, LATER)).toMatchObject({ flags: 'bs' });
  });

  it('drops Bcc only where To or Cc is left', () => {
    const headers = failed.headers.filter(({ name }) => name !== 'To');
    const without = control({ flags: '8s', headers });

    expect(editControl(control({ flags: '8bs' }), { headers }, LATER).flags).toBe('8s');
    expect(editControl(without, { headers: control().headers }, LATER).flags).toBe('8bs');
    expect(editControl(without, {}, LATER).flags).toBe('8s');
  });
});

describe('isSameMessage', () => {
  it('looks at what a person can see, not at what became of it', () => {
    expect(isSameMessage(failed, editControl(failed, {}, LATER))).toBe(true);
    expect(isSameMessage(failed, editControl(failed, { recipients: ['ann@example.net'] }, LATER))).toBe(false);
  });
});

describe('addressKey', () => {
  it('tells users apart by case, domains not', () => {
    expect(addressKey('Bob <Bob@Example.NET>')).toBe('Bob@example.net');
    expect(addressKey('Bob')).toBe('Bob');
  });
});
