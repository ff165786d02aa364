/** HELO and EHLO as sendmail answers them: who we are, and what may be asked of us (RFC 5321 §4.1.1.1). Pure. */
import type { SubmissionEnvironment } from './environment.js';
import type { Greeting } from './smtp-transactions.js';

export interface Greeted {
  /** Lines of the reply. */
  readonly reply: readonly string[];
  /** null: the name is none. */
  readonly greeting: Greeting | null;
}

/** `more`: extensions of this carrier alone. */
export function greetClient(
  verb: 'HELO' | 'EHLO',
  name: string,
  { hostname, submitter, settings }: Pick<SubmissionEnvironment, 'hostname' | 'submitter' | 'settings'>,
  more: readonly string[] = [],
): Greeted {
  if (name === '') return { reply: [`501 5.0.0 ${verb} requires domain address`], greeting: null };
  if (!/^[\w.:[\]-]+$/.test(name)) return { reply: ['501 5.0.0 Invalid domain name'], greeting: null };
  const hello = `${hostname} Hello ${submitter.login}@localhost, pleased to meet you`;
  if (verb === 'HELO') return { reply: [`250 ${hello}`], greeting: { name, protocol: 'SMTP' } };
  const limit = settings.queue.maxMessageBytes;
  const size = limit > 0 ? `SIZE ${limit}` : 'SIZE';
  const extensions = ['ENHANCEDSTATUSCODES', 'PIPELINING', '8BITMIME', 'SMTPUTF8', size, 'DSN', 'DELIVERBY', ...more];
  return {
    reply: [`250-${hello}`, ...extensions.map((line) => `250-${line}`), '250 HELP'],
    greeting: { name, protocol: 'ESMTP' },
  };
}
