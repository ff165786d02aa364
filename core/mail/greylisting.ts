/**
 * Greylisting: a server puts off the first attempt of a sender it does not know and takes a later one. There is
 * no code for it (RFC 6647 §5); replies say it in words. Pure.
 */
const WORDS = /gr[ae]y[- ]?list|postgrey|try again (?:later )?in (?:a few|some|\d+) (?:seconds?|minutes?)/i;

export function isGreylisting(reply: string): boolean {
  return /^45[01][ -]/.test(reply) && WORDS.test(reply);
}
