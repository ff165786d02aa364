/**
 * MAIL and RCPT are written by a part of nodemailer that is not public. These tests fail when a new
 * version of it does otherwise, and show that then no mail leaves.
 */
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { replaceCommands } from '../../../core/delivery/commands.js';
import { startRelay } from '../../support/relay.js';
import { connect, request } from '../../support/relay-client.js';

interface Inner {
  readonly _socket: { write(text: string): void };
  _sendCommand(text: string): void;
  _sendRcpt(address: string, callback: unknown): void;
}

const inner = SMTPConnection.prototype as unknown as Inner;
const COMMANDS = { mail: 'MAIL From:<me@x.org>', recipients: new Map([['ann@x.org', 'RCPT To:<ann@x.org>']]) };

function client() {
  const written: string[] = [];
  const refused: string[] = [];
  const connection = { _sendCommand: (text: string) => void written.push(text) };
  const said = replaceCommands(
    connection as unknown as SMTPConnection,
    () => COMMANDS,
    ({ message }) => void refused.push(message),
  );
  return { connection, said, written, refused };
}

describe('what this program expects of nodemailer', () => {
  it.each([[[]], [['PIPELINING'] as const]])(
    'every command goes through _sendCommand (without %j)',
    async (without) => {
      const relay = await startRelay({ without: [...without] });
      const write = vi.spyOn(inner, '_sendCommand');
      onTestFinished(() => write.mockRestore());
      const delivery = await connect(relay.settings());

      await delivery.deliver(request(['ann@example.org', 'bob@example.org']));

      expect(write.mock.calls.map(([text]) => text.replace(/ SIZE=.*/, ''))).toEqual([
        'EHLO laptop.example.net',
        'MAIL From:<me@example.net>',
        'RCPT To:<ann@example.org>',
        'RCPT To:<bob@example.org>',
        'DATA',
      ]);
    },
  );
});

describe('another nodemailer', () => {
  it('is refused where nothing writes commands', () => {
    const replace = () =>
      replaceCommands(
        {} as SMTPConnection,
        () => null,
        () => {},
      );

    expect(replace).toThrow('nodemailer is not one');
  });

  it.each(['MAIL FROM: <me@x.org>', 'mail from:<me@x.org>', 'RCPT TO: <ann@x.org>', 'RCPT TO:<bob@x.org>'])(
    'never says "%s", for which there is no replacement',
    (command) => {
      const { connection, written, refused } = client();

      connection._sendCommand(command);

      expect(written).toEqual([]);
      expect(refused).toHaveLength(1);
    },
  );

  it('is told from this one by what it left unsaid', () => {
    const { connection, said } = client();

    connection._sendCommand('MAIL FROM:<me@x.org>');
    const before = said.objection(['ann@x.org']);
    connection._sendCommand('RCPT TO:<ann@x.org>');

    expect(before).toContain('nodemailer');
    expect(said.objection(['ann@x.org'])).toBeNull();
  });

  it('sends no message when it writes the envelope some other way', async () => {
    const relay = await startRelay();
    const real = inner._sendRcpt;
    const bypass = vi.spyOn(inner, '_sendRcpt').mockImplementation(function (this: Inner, address, callback) {
      const through = this._sendCommand;
      this._sendCommand = (text) => this._socket.write(`${text}\r\n`);
      real.call(this, address, callback);
      this._sendCommand = through;
    });
    onTestFinished(() => bypass.mockRestore());
    const delivery = await connect(relay.settings());

    const outcomes = await delivery.deliver(request(['ann@example.org']));

    expect(outcomes.get('ann@example.org')).toMatchObject({
      kind: 'deferred',
      reply: expect.stringContaining('nodemailer'),
    });
    expect(relay.received).toEqual([]);
  });
});
