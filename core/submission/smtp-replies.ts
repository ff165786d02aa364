/** sendmail's replies to SMTP commands that hand over no mail and change nothing, and how it says them. Pure. */
const TOPICS = ['HELO', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'RSET', 'NOOP', 'QUIT', 'HELP', 'VRFY'];

/** null: nobody knows such a command. `line` is the whole of it. */
export function replyTo(verb: string, text: string, line: string, inTransaction: boolean): string | null {
  switch (verb) {
    case 'NOOP':
      return '250 2.0.0 OK';
    case 'VRFY':
      return '252 2.5.2 Cannot VRFY user; try RCPT to attempt delivery (or try finger)';
    case 'EXPN':
    case 'ETRN':
      return '502 5.7.0 Sorry, we do not allow this operation';
    case 'VERB':
      return '502 5.7.0 Verbose unavailable';
    case 'SEND':
    case 'SAML':
    case 'SOML':
    case 'TURN':
      return `502 5.5.1 Command not implemented: "${line}"`;
    case 'STARTTLS':
      return text === '' ? '454 4.3.3 TLS not available after start' : '501 5.5.2 Syntax error (no parameters allowed)';
    case 'AUTH':
      if (inTransaction) return '503 5.5.0 AUTH not permitted during a mail transaction';
      if (text === '') return '501 5.5.2 AUTH mechanism must be specified';
      return `504 5.3.3 AUTH mechanism ${text.split(' ')[0]} not available`;
    case 'HELP':
      if (text === '' || TOPICS.includes(text.toUpperCase())) return `214 2.0.0 ${TOPICS.join(' ')}`;
      return `504 5.3.0 HELP topic "${text}" unknown`;
    default:
      return null;
  }
}

/** As sendmail says it: seven bits, and nothing behind a NUL. */
export function sevenBits(line: string): string {
  const text = line.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) & 0x7f));
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
