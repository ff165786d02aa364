/** Postfix, signing in through Dovecot's SASL, delivering with virtual(8). */
import {
  certificateFile,
  DOMAIN,
  GREY,
  GREY_TEXT,
  MAIL,
  MAIL_USER,
  MAKE_MAILDIRS,
  type OpenDoor,
  PASSWORD,
  PEOPLE,
  type RealServer,
  SIZE_LIMIT,
  USER,
  withChanges,
} from './server.js';
import { whyNoWorld } from './world.js';

const TREE = 'postfix';
const QUEUE = '/srv/queue';
const DAEMONS = '/usr/lib/postfix/sbin';

export const postfix: RealServer = {
  name: 'Postfix with Dovecot SASL',
  missing: whyNoWorld(TREE),
  taken: /postfix\/cleanup\[\d+\]: \w+: message-id=/,
  failedSignIn: /SASL \S+ authentication failed/,
  offers: () => true,
  describe: (doors) => ({
    tree: TREE,
    users: { postfix: 950, postdrop: 951, dovecot: 952, dovenull: 953, ...MAIL_USER },
    files: {
      '/etc/postfix/main.cf': MAIN,
      '/etc/postfix/master.cf': `${SERVICES}${doors.map(service).join('')}`,
      '/etc/dovecot/dovecot.conf': DOVECOT,
      '/etc/dovecot/users': `${USER}:${PASSWORD}\n`,
    },
    ready: [/Dovecot v.* starting up/, /postfix\/master\[\d+\]: daemon started/],
    script: `${MAKE_MAILDIRS}
mkdir -p /srv/data ${QUEUE}
cd ${QUEUE}
mkdir -p active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace
chown postfix /srv/data active bounce corrupt defer deferred flush hold incoming maildrop private public saved trace
chmod 700 /srv/data active bounce corrupt defer deferred flush hold incoming private saved trace
chmod 1730 maildrop
chgrp postdrop maildrop public
dovecot -F &
${DAEMONS}/master -d &`,
  }),
};

/** With other words in main.cf; the last word counts. */
export function postfixWith(name: string, lines: readonly string[]): RealServer {
  return withChanges(postfix, name, '/etc/postfix/main.cf', (main) => `${main}${lines.join('\n')}\n`);
}

const MAIN = `compatibility_level = 3.6
queue_directory = ${QUEUE}
data_directory = /srv/data
daemon_directory = ${DAEMONS}
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.${DOMAIN}
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
virtual_mailbox_domains = ${DOMAIN}
virtual_mailbox_base = ${MAIL}
virtual_mailbox_maps = inline:{ ${[...PEOPLE, GREY].map((name) => `{ ${name}@${DOMAIN} = ${name}/ }`).join(', ')} }
virtual_uid_maps = static:${MAIL_USER.vmail}
virtual_gid_maps = static:${MAIL_USER.vmail}
message_size_limit = ${SIZE_LIMIT}
smtpd_peername_lookup = no
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{ { ${GREY}@${DOMAIN} = 450 4.7.1 ${GREY_TEXT} } }
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
# Waits that are for spammers.
smtpd_error_sleep_time = 0
in_flow_delay = 0
`;

const SERVICES = `pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
`;

function service({ port, security, auth, certificate }: OpenDoor): string {
  const file = certificateFile(certificate);
  const options = [
    `smtpd_tls_security_level=${security === 'none' ? 'none' : 'may'}`,
    ...(security === 'tls' ? ['smtpd_tls_wrappermode=yes'] : []),
    ...(security === 'none' ? [] : [`smtpd_tls_cert_file=${file}.pem`, `smtpd_tls_key_file=${file}.key`]),
    ...(auth ? ['smtpd_sasl_auth_enable=yes', 'smtpd_client_restrictions=permit_sasl_authenticated,reject'] : []),
  ];
  return `127.0.0.1:${port} inet n - n - - smtpd\n${options.map((option) => `  -o ${option}\n`).join('')}`;
}

const DOVECOT = `protocols =
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5
auth_failure_delay = 0
passdb {
  driver = passwd-file
  args = scheme=PLAIN /etc/dovecot/users
}
userdb {
  driver = static
  args = uid=${MAIL_USER.vmail} gid=${MAIL_USER.vmail} home=/srv
}
service auth {
  unix_listener ${QUEUE}/private/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
`;
