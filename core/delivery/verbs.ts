/**
 * Commands that nodemailer has no call for, said through its custom authentication: the one
 * public way to write a line and get its reply in turn. XOAUTH2 with a token that somebody else
 * fetched (Google's and Microsoft's SASL mechanism), and one plain command for the relay test.
 */
import type { SMTPConnectionAuth, SMTPConnectionCustomAuthHandlers } from 'nodemailer/lib/smtp-connection';

const PLAIN_COMMAND = 'OUTTRAY-COMMAND';

/** Login data that make nodemailer say `text`; the reply goes to `onReply`, whatever it is. */
export function commandWith(text: string, onReply: (reply: string) => void): SMTPConnectionAuth {
  return { method: PLAIN_COMMAND, user: '', pass: '', options: { text, onReply } };
}

export const authHandlers: SMTPConnectionCustomAuthHandlers = {
  async XOAUTH2({ auth, sendCommand }) {
    const { user, pass } = auth.credentials;
    const token = Buffer.from(`user=${user}\u0001auth=Bearer ${pass}\u0001\u0001`).toString('base64');
    let answer = await sendCommand(`AUTH XOAUTH2 ${token}`);
    // 334 with the reason in JSON; the real refusal follows our empty line.
    if (answer.status === 334) answer = await sendCommand('');
    if (answer.status !== 235) throw new Error('Token not accepted');
  },
  async [PLAIN_COMMAND]({ auth, sendCommand }) {
    const { text, onReply } = auth.options as { text: string; onReply: (reply: string) => void };
    onReply((await sendCommand(text)).response);
  },
};
