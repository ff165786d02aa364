/** Exim (Debian's light build), which makes do with one configuration for all its ports and asks on which it is. */
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

const TREE = 'exim';

export const exim: RealServer = {
  name: 'Exim',
  missing: whyNoWorld(TREE),
  taken: /exim\[\d+\]: \S+ <= /,
  failedSignIn: /authenticator failed/,
  offers: () => true,
  describe: (doors) => ({
    tree: TREE,
    users: { 'Debian-exim': 954, ...MAIL_USER },
    files: { '/etc/exim4/exim4.conf': configuration(doors) },
    ready: [/exim 4\S* daemon started/],
    script: `${MAKE_MAILDIRS}
mkdir -p /srv/spool
chown Debian-exim:Debian-exim /srv/spool
exim4 -bdf -q1h &`,
  }),
};

/** With more main options. */
export function eximWith(name: string, lines: readonly string[]): RealServer {
  return withChanges(exim, name, '/etc/exim4/exim4.conf', (main) => `${lines.join('\n')}\n${main}`);
}

function configuration(doors: readonly OpenDoor[]): string {
  const portsOf = (isSuch: (door: OpenDoor) => boolean): string =>
    doors
      .filter(isSuch)
      .map(({ port }) => port)
      .join(':');
  const onSuch = (isSuch: (door: OpenDoor) => boolean, then: string, otherwise: string): string =>
    `\${if inlist{$received_port}{${portsOf(isSuch)}}{${then}}{${otherwise}}}`;
  const file = onSuch(
    ({ certificate }) => certificate === 'stranger',
    certificateFile('stranger'),
    onSuch(({ certificate }) => certificate === 'wrongName', certificateFile('wrongName'), certificateFile('good')),
  );
  return `primary_hostname = relay.${DOMAIN}
domainlist local_domains = ${DOMAIN}
spool_directory = /srv/spool
log_file_path = syslog
syslog_timestamp = false
syslog_duplication = false
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${portsOf(() => true)}
tls_on_connect_ports = ${portsOf(({ security }) => security === 'tls')}
tls_advertise_hosts = ${onSuch(({ security }) => security === 'starttls', '*', '')}
tls_certificate = ${file}.pem
tls_privatekey = ${file}.key
auth_advertise_hosts = ${onSuch(({ auth }) => auth, '*', '')}
message_size_limit = ${SIZE_LIMIT}
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
rfc1413_hosts =
host_lookup =
smtp_accept_max = 0
# Else it leaves all after the tenth of a connection to its next queue run.
smtp_accept_queue_per_connection = 0
acl_smtp_mail = sender
acl_smtp_rcpt = recipient

begin acl
sender:
  deny condition = ${onSuch(({ auth }) => auth, 'yes', 'no')}
       !authenticated = *
       message = 530 5.7.0 Authentication required
  accept
recipient:
  defer recipients = ${GREY}@${DOMAIN}
        message = 450 4.7.1 ${GREY_TEXT}
  require domains = +local_domains
  require verify = recipient
          message = 550 5.1.1 User unknown
  accept

begin routers
people:
  driver = accept
  domains = +local_domains
  local_parts = ${PEOPLE.join(':')}
  transport = maildir

begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = ${MAIL}/$local_part_data
  user = vmail
  group = vmail
  return_path_add
  envelope_to_add

begin retry
* * F,1h,1m

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{${USER}}}{eq{$auth3}{${PASSWORD}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{$auth1}{${USER}}}{eq{$auth2}{${PASSWORD}}}}}
  server_set_id = $auth1
`;
}
