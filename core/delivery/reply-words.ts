/**
 * What relays say about how much they take, in words: the codes alone do not tell. 4yz replies about
 * a sending limit concern the relay and all that waits for it; so do the quota replies that some
 * providers give as 5yz, which would make a limit of one day the end of the message. Mailboxes that are full and messages that are too big look alike and are neither. Pure.
 *
 * Seen in the words of Gmail (5.4.5, 4.7.28), Microsoft (SubmissionQuotaExceeded, 4.7.500 to 699), Amazon SES
 * (454 Throttling failure), cPanel's Exim (exceeded the max emails per hour), Zoho, Yahoo, GMX, SendGrid, OVH.
 */

const SENDING_LIMIT: readonly RegExp[] = [
  /\b(?:daily|hourly|monthly|sending|sender|submission|outgoing|outbound|account|user|message rate|rate)\b[^.;]{0,40}\b(?:limits?|quotas?|limited(?! to))\b/i,
  /\b(?:limits?|quotas?|rate)\b[^.;]{0,40}\b(?:per|this|each|a) (?:second|minute|hour|day|month)\b/i,
  /\bexceed(?:ed|s|ing)? (?:the |your |its )?(?:max(?:imum)?|allowed) (?:number of )?(?:e-?mails|messages|mails|recipients per|connections|defers)/i,
  /\btoo many (?:messages|e-?mails|mails|connections|sessions|concurrent|recipients per (?!message|e-?mail)\w+|recipients (?:this|today)|errors)\b/i,
  /\bthrottl|\brate[- ]?limit|\bslow(?:ing)? down\b|\bmaximum credits exceeded\b/i,
  /\bunusual (?:rate|sending|amount)\b|\btoo (?:much mail|fast|quickly|frequently)\b|submissionquotaexceeded/i,
  /\bserver (?:is )?(?:too )?busy\b/i,
];

/** About one mailbox, or one message's size. */
const ELSEWHERE =
  /mailbox|\bmessage (?:file )?size|\bsize (?:limit|exceeds)|\bfile too (?:big|large)|\bdisk quota|\brecipient'?s? (?:quota|inbox|account)|\buser you are trying to contact|\bover(?:[- ]?quota| quota)\b|\bline length/i;

/** Refused for good, and by its code for what the message is or whom it is for (RFC 3463 §3.2, §3.4, §3.6, §3.7): tomorrow it is the same. */
const OF_THIS_MESSAGE = /^5\d\d[ -]5\.(?:1\.[1-6]|2\.3|3\.4|5\.3|6\.\d+)\b/;

export function isSendingLimit(reply: string): boolean {
  if (/^5\d\d[ -]5\.4\.5\b/.test(reply)) return true;
  // 552 and x.2.1, x.2.2 are a mailbox's own (RFC 5321 §4.2.3, RFC 3463 §3.3).
  if (/^(?:552|\d{3}[ -][45]\.2\.[12])\b/.test(reply)) return false;
  if (OF_THIS_MESSAGE.test(reply)) return false;
  return !ELSEWHERE.test(reply) && SENDING_LIMIT.some((pattern) => pattern.test(reply));
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR };

/** How long a relay that spoke so is left alone, in milliseconds: what it asks for, within reason. */
export function restAfter(reply: string): number {
  const [, number, unit = ''] =
    /\b(?:in|after|wait|for) (\d{1,6}) ?(s(?:ec|econds?)?|m(?:in|inutes?)?|h(?:ours?|r)?)\b/i.exec(reply) ?? [];
  const asked = Number(number) * (UNITS[unit[0]?.toLowerCase() ?? ''] ?? 0);
  if (asked > 0) return Math.min(Math.max(asked, 30 * SECOND), HOUR);
  if (/\b(?:daily|per day|today|monthly|credits)\b/i.test(reply) || /^5\d\d[ -]5\.4\.5\b/.test(reply)) return HOUR;
  // A session that is ended, most often by a server that restarts or has many visitors.
  return reply.startsWith('421') ? MINUTE : 5 * MINUTE;
}
