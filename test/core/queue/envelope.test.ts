import { describe, expect, it } from 'vitest';
import { wireEnvelope } from '../../../core/queue/envelope.js';
import { control } from './fixtures.js';

const REWRITING = { hostname: 'laptop.example.org' };

describe('the envelope on the wire', () => {
  it('asks for TLS all the way where a field of the message does', () => {
    const { headers } = control();
    const field = { condition: '', name: 'X-Outtray-Require-TLS', value: ' yes' };

    expect(wireEnvelope(control({ headers: [...headers, field] }), REWRITING)).toMatchObject({ requireTls: true });
    expect(wireEnvelope(control(), REWRITING)).not.toHaveProperty('requireTls');
  });
});
