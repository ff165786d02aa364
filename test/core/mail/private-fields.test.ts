import { describe, expect, it } from 'vitest';
import { isPrivateField, requiresTls } from '../../../core/mail/private-fields.js';

const header = (name: string, value: string) => [
  { name: 'Subject', value: ' x' },
  { name, value },
];

describe('fields for Outtray alone', () => {
  it.each([
    ['X-Outtray-Require-TLS', ' yes'],
    ['x-outtray-require-tls', ' YES'],
    ['X-OUTTRAY-REQUIRE-TLS ', '\n Yes \t'],
    ['X-Outtray-Require-TLS', ' true'],
    ['X-Outtray-Require-TLS', ' 1'],
  ])('"%s:%s" requires TLS', (name, value) => {
    expect(requiresTls(header(name, value))).toBe(true);
  });

  it.each([
    ['X-Outtray-Require-TLS', ' no'],
    ['X-Outtray-Require-TLS', ' NO '],
    ['X-Outtray-Require-TLS', ' '],
    ['X-Require-TLS', ' yes'],
    ['X-Outtray-Require-TLS-Too', ' yes'],
    ['Require-TLS', ' yes'],
  ])('"%s:%s" does not', (name, value) => {
    expect(requiresTls(header(name, value))).toBe(false);
  });

  it('are known by how their names begin', () => {
    expect(['X-Outtray-Anything', 'x-outtray-', 'X-Outtray', 'X-Outtrayed-By'].map(isPrivateField)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
