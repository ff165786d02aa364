/** REQUIRETLS (RFC 8689), with a real server that offers it, as it must, under TLS alone. */
import { describe, expect, it } from 'vitest';
import { envelopeCommands, offersThatCount } from '../../../core/delivery/commands.js';
import { certificates } from '../../support/certificates.js';
import { startRawRelay } from '../../support/raw-relay.js';
import { relaySettings, startRelay } from '../../support/relay.js';
import { connect, request } from '../../support/relay-client.js';

const { caFile, good, stranger } = certificates();
const TRUSTING = { caFile, pin: null, minVersion: 'TLSv1.2' } as const;
const REFUSED = { kind: 'failed', reply: expect.stringMatching(/^550 5\.7\.30 /), status: '5.7.30', own: true };

describe('a message that requires TLS all the way', () => {
  it.each(['tls', 'starttls'] as const)('says so to a relay that promises it (%s)', async (security) => {
    const relay = await startRelay({ security, certificate: good });
    const delivery = await connect(relay.settings({ tls: TRUSTING }));

    const outcomes = await delivery.deliver(request(['ann@example.org'], { requireTls: true }));

    expect(outcomes.get('ann@example.org')).toMatchObject({ kind: 'sent' });
    expect(relay.received[0]?.envelope).toMatchObject({ requireTLS: true });
  });

  it('takes a pinned certificate for a verified one', async () => {
    const relay = await startRelay({ security: 'tls', certificate: stranger });
    const tls = { ...TRUSTING, caFile: null, pin: stranger.fingerprint };
    const delivery = await connect(relay.settings({ tls }));

    const outcomes = await delivery.deliver(request(['ann@example.org'], { requireTls: true }));

    expect(outcomes.get('ann@example.org')).toMatchObject({ kind: 'sent' });
  });

  it('is refused here where the relay does not promise it, and the session goes on', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good, without: ['REQUIRETLS'] });
    const delivery = await connect(relay.settings({ tls: TRUSTING }));

    const outcomes = await delivery.deliver(request(['ann@example.org', 'bob@example.org'], { requireTls: true }));
    const others = await delivery.deliver(request(['eve@example.org']));

    expect(outcomes.get('ann@example.org')).toEqual(REFUSED);
    expect(outcomes.get('bob@example.org')).toEqual(REFUSED);
    expect(others.get('eve@example.org')).toMatchObject({ kind: 'sent' });
    expect(relay.received).toHaveLength(1);
  });

  it('is refused here without TLS, whatever is promised in plain text', async () => {
    const relay = await startRawRelay(async (connection) => {
      connection.say('220 raw ESMTP\r\n');
      await connection.line();
      connection.say('250-raw\r\n250 REQUIRETLS\r\n');
    });
    const delivery = await connect(relaySettings(relay.port));

    const outcomes = await delivery.deliver(request(['ann@example.org'], { requireTls: true }));

    expect(outcomes.get('ann@example.org')).toEqual(REFUSED);
    expect(relay.lines).toEqual(['EHLO laptop.example.net']);
  });

  it('goes all the same when it is a report', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good, without: ['REQUIRETLS'] });
    const delivery = await connect(relay.settings({ tls: TRUSTING }));

    const outcomes = await delivery.deliver(request(['ann@example.org'], { from: '', requireTls: true }));

    expect(outcomes.get('ann@example.org')).toMatchObject({ kind: 'sent' });
  });
});

describe('MAIL', () => {
  it('has REQUIRETLS after all else, and only when it is asked for and offered', () => {
    const mail = (requireTls: true | undefined, extensions: readonly string[]) =>
      envelopeCommands(
        { from: 'jürgen@x.org', recipients: [], sizeBytes: 9, ...(requireTls && { requireTls }) },
        [],
        extensions,
        0,
      ).mail;

    expect(mail(true, ['REQUIRETLS', 'SMTPUTF8', 'SIZE'])).toBe('MAIL From:<jürgen@x.org> SIZE=9 SMTPUTF8 REQUIRETLS');
    expect(mail(undefined, ['REQUIRETLS'])).toBe('MAIL From:<jürgen@x.org>');
    expect(mail(true, ['REQUIRETLSX'])).toBe('MAIL From:<jürgen@x.org>');
  });
});

describe('offers', () => {
  it('of REQUIRETLS count under TLS alone', () => {
    const extensions = ['SIZE 1000', 'requiretls', 'REQUIRETLS'];

    expect(offersThatCount(extensions, { security: 'starttls' })).toEqual(extensions);
    expect(offersThatCount(extensions, { security: 'none' })).toEqual(['SIZE 1000']);
  });
});
