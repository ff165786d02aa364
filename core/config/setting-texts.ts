/**
 * What each setting means, for editors (JSON Schema) and outtray-settings(5). Every key of the schema has a
 * text and every text a key; test/core/config/setting-texts.test.ts sees to it. `*` stands for a name the person
 * chooses. Pure.
 */
export const SETTING_TEXTS: Readonly<Record<string, string>> = {
  $schema: 'For editors: where the JSON Schema of this file is (`outtray settings schema`). Means nothing here.',
  hostname:
    'Own name, in Received and Message-Id, and the domain of names without one (sendmail: Dj). null: what the system says; it is never looked up.',
  qualifyWith: 'Domain of names without one, instead of the own name.',
  masqueradeAs: 'Mail from this computer is shown as from this domain (MASQUERADE_AS).',
  masquerade: 'How far masqueradeAs reaches.',
  'masquerade.envelope': 'The reverse-path, too (FEATURE(masquerade_envelope)).',
  'masquerade.recipients': 'To and Cc, too (FEATURE(allmasquerade)).',
  'masquerade.domains': 'Further domains that are masqueraded (MASQUERADE_DOMAIN).',
  'masquerade.entireDomains': 'Hosts in these domains, too (FEATURE(masquerade_entire_domain)).',
  'masquerade.limited': 'Only these domains, not the own name (FEATURE(limited_masquerade)).',
  'masquerade.exceptions': 'Domains that stay as they are (MASQUERADE_EXCEPTION).',
  'masquerade.exposedUsers': 'Users that stay as they are, such as root (EXPOSED_USER).',
  senders:
    'Addresses of senders by local address, as in genericstable: `user`, `user@host`, `@host`, `user+detail`, `user+*`; `%1` in a value is the detail, or for `@host` the user.',
  'senders.*': 'The address to show instead.',
  sendersDomains:
    'Hosts whose users are looked up in senders by name alone, as those of this computer are (GENERICS_DOMAIN).',
  relays: 'The mail servers that mail leaves through, by name.',
  'relays.*': 'One of them.',
  'relays.*.host': 'Name of the mail server.',
  'relays.*.port': 'Usually 465 with tls, 587 with starttls.',
  'relays.*.security':
    'tls from the first byte, starttls before anything else is said, or none, which is for this computer alone.',
  'relays.*.allowPlaintext': 'With security none: take any host. Only where the network itself is safe.',
  'relays.*.auth': 'How to sign in.',
  'relays.*.auth.method': 'The password or token is in the keychain: `outtray relay password NAME`.',
  'relays.*.auth.user': 'The name to sign in by; needed unless the method is none.',
  'relays.*.passwordCommand':
    'Instead of the keychain: a program and its arguments that prints the password, such as ["pass", "show", "mail/home"]. No shell.',
  'relays.*.localAddress':
    'Address of this computer to connect from, such as that of a VPN; only addresses of its kind, IPv4 or IPv6, are connected to. While it is not there, mail waits.',
  'relays.*.proxy':
    '`socks5://host:port` or `http://host:port` (CONNECT): the way to the mail server, whose name the proxy looks up. Without user and password. Behind a proxy no host is this computer: security none needs allowPlaintext and carries no password.',
  'relays.*.tls': 'Exceptions from what is usual about certificates.',
  'relays.*.tls.caFile':
    'Certificates (PEM) to trust instead of those of the system; a path that is not absolute is relative to this file.',
  'relays.*.tls.certFile':
    'Own certificate (PEM, with those between it and its authority) to show when the mail server asks for one; path as with caFile.',
  'relays.*.tls.keyFile': 'Its key (PEM, not encrypted), which only you may read (`chmod 600`); path as with caFile.',
  'relays.*.tls.pin': "SHA-256 of the relay's certificate, in hex: this one and no other is trusted.",
  'relays.*.tls.minVersion': 'The oldest version of TLS to speak.',
  'relays.*.tls.ciphers':
    'For an old mail server: the ciphers to offer, as OpenSSL lists them, such as `DEFAULT:@SECLEVEL=0`. The executable and Electron have BoringSSL, which knows fewer names.',
  'relays.*.from':
    'Senders this relay serves, by envelope and From: `me@example.org`, `*@example.org`, `*@*.example.org`.',
  'relays.*.concurrency': 'Connections at a time, at most.',
  'relays.*.pace': 'How much it is given, where it takes less than it is asked to. 0: any number.',
  'relays.*.pace.perMinute': 'Messages in any minute.',
  'relays.*.pace.perConnection': 'Messages over one connection; then another is opened.',
  defaultRelay:
    'Name of the relay for all senders that no other serves. null: mail of such senders waits, and says so.',
  delivery: 'When and how mail leaves.',
  'delivery.mode':
    'What a submission does without -od: deferred and queue leave it to the agent, background and interactive try at once, interactive waits for it (sendmail: DeliveryMode).',
  'delivery.undoWindow':
    'Mail waits so long before it leaves by itself, so that you can still hold, change or delete it. Send Now and `sendmail -q` do not wait.',
  'delivery.whenUncertain':
    'What becomes of a message whose final dot was sent and never answered: retry it with the same Message-Id, or hold it until you decide.',
  'delivery.onFailure':
    'What becomes of a recipient the relay refuses for good: hold the message and show it, bounce it to its sender, or both.',
  'delivery.warnAfter':
    'The sender is told of a message that could not leave for so long while its relay could be reached.',
  'delivery.giveUpAfter': 'A message that could not leave for so long while its relay could be reached has failed.',
  'delivery.askWhenLate':
    'A message to be sent at a set time that is later than that by so long, because the computer was off, is not sent until you say so. 0s: it is sent.',
  'delivery.askAfter':
    'A message that has neither left nor been tried for so long by the calendar, as after a long absence, is not sent until you say so. 0s: it is sent.',
  network: 'About connections.',
  'network.metered': 'What to do while the connection is metered. Not in effect yet.',
  'network.probeTimeout': 'How long a relay may take to answer.',
  notifications: 'What the program with the icon tells.',
  'notifications.stuckAfter': 'A message that has waited so long while its relay could be reached is worth a notice.',
  'notifications.showAddresses': 'Notices name senders and recipients.',
  aliases:
    'Files of aliases as /etc/aliases, besides the file `aliases` beside this one; relative to this one. `newaliases` checks them. Programs, files and includes are not carried out.',
  trustedUsers:
    'Login names that may give any sender with `-f`; mail of others then says in X-Authentication-Warning who they are.',
  aliasesInHeader: 'Aliases are written into To, Cc and the like, too; else only the envelope follows them.',
  listener: 'SMTP for programs of this computer that speak nothing else.',
  'listener.enabled': 'Listen.',
  'listener.host':
    '127.0.0.1, ::1 or localhost; each is both of them. Another address of 127/8 takes the place of 127.0.0.1; nothing else is listened on.',
  'listener.port': 'The port.',
  'listener.auth':
    "auto: where the system tells whose a connection is, the user's own are taken and others are not; elsewhere, and with required, a local password from the keychain is asked for, which `outtray listener password` shows.",
  queue: 'Limits of a submission. What they refuse is refused aloud, never lost.',
  'queue.maxMessageBytes': 'The largest message.',
  'queue.minFreeBytes': 'No mail is taken while less is free on the disk.',
  'queue.maxRecipients': 'The most recipients of a message; 0: any number.',
  log: 'The mail log, `maillog` in its directory: what became of each message, in the form of sendmail.',
  'log.maxBytes':
    'When it has grown so large, a queue run or the agent calls it maillog.1, the one before maillog.2, and so on. "0": never.',
  'log.keep': 'So many old ones stay; 0: none.',
  'log.system':
    "Each line goes to the system's log as well (syslog, facility mail). Where there is none nothing waits for it. Not on Windows.",
};
