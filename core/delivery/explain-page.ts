/** A web page where the relay should be, in words for people. Pure. */
import type { Relay, RelayProblem } from './relay.js';

/** HTTP in any form, asked or not. */
export function isWebPage(text: string): boolean {
  return /^HTTP\/\d/i.test(text) || /<html|<!doctype html/i.test(text);
}

/** `reply`: its first line. */
export function signInPage({ name, host, port }: Relay, reply: string): RelayProblem {
  return {
    kind: 'sign-in-page',
    message: `A web page answers in place of ${host} on port ${port}.`,
    remedy: `It may be the sign-in page of this network: open a browser and sign in, or use another network. Mail leaves by itself then. If it is so in every network, check "host" and "port" of relay ${name} in the settings (mail submission is 465 or 587).`,
    reply,
    stat: `Web page in place of the relay: ${reply.slice(0, 80)}`,
    status: '4.4.1',
  };
}
