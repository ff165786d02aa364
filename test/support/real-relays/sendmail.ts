/**
 * The real sendmail of the machine as a relay, signing in against Cyrus SASL's own database. One
 * configuration knows one certificate, so there are as many daemons as certificates.
 */
import { spawnSync } from 'node:child_process';
import { whyNoRealSendmail } from '../real-sendmail.js';
import {
  ALL_LISTEN,
  type CertificateKind,
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
  sayWhenListening,
  USER,
} from './server.js';
import { whyNoWorld } from './world.js';

const TREE = 'sendmail';
const CF = '/usr/share/sendmail/cf';
const HOST = `relay.${DOMAIN}`;
const KINDS: readonly CertificateKind[] = ['good', 'stranger', 'wrongName'];

export const sendmail: RealServer = {
  name: 'sendmail',
  missing: whyNoRealSendmail() ?? whyNoWorld(TREE),
  taken: /sendmail\[\d+\]: \w+: from=<[^>]*>,.*msgid=/,
  failedSignIn: /AUTH failure/,
  offers: () => true,
  describe: (doors) => ({
    tree: TREE,
    users: { ...Object.fromEntries(PEOPLE.map((person, index) => [person, 960 + index])), ...MAIL_USER },
    files: {
      ...Object.fromEntries(
        KINDS.map((kind) => [
          configurationFile(kind),
          configuration(
            kind,
            doors.filter((d) => d.certificate === kind),
          ),
        ]),
      ),
      '/etc/outtray/service.switch': 'hosts files\naliases files\n',
      '/etc/outtray/to-maildir': TO_MAILDIR,
      '/etc/sasl2/Sendmail.conf': 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\n',
    },
    ready: [ALL_LISTEN],
    script: `${MAKE_MAILDIRS}
mkdir -p -m 700 /srv/mqueue
touch /run/statistics
chmod 600 /etc/outtray/*.key
echo '${PASSWORD}' | saslpasswd2 -c -p -u ${HOST} ${USER}
${KINDS.map((kind) => `/usr/libexec/sendmail/sendmail -C ${configurationFile(kind)} -bD${kind === 'good' ? ' -q1h' : ''} &`).join('\n')}
${sayWhenListening(doors)}`,
  }),
};

function configurationFile(kind: CertificateKind): string {
  return `/etc/outtray/${kind}.cf`;
}

function configuration(kind: CertificateKind, doors: readonly OpenDoor[]): string {
  const m4 = spawnSync('m4', [`-D_CF_DIR_=${CF}/`], { input: macros(kind, doors), encoding: 'utf8' });
  if (m4.status !== 0) throw new Error(`m4: ${m4.stderr}`);
  return m4.stdout;
}

/** `S`: no STARTTLS, `s`: TLS at once, `A`: no AUTH, `a`: AUTH is demanded. */
function daemon({ port, security, auth }: OpenDoor): string {
  const modifiers = `${{ none: 'S', starttls: '', tls: 's' }[security]}${auth ? 'a' : 'A'}`;
  return `DAEMON_OPTIONS(\`Name=port${port}, Addr=127.0.0.1, Port=${port}, Modify=${modifiers}')`;
}

function macros(kind: CertificateKind, doors: readonly OpenDoor[]): string {
  const file = certificateFile(kind);
  return `divert(-1)
include(\`${CF}/m4/cf.m4')
divert(0)
OSTYPE(\`linux')
define(\`confDOMAIN_NAME', \`${HOST}')
define(\`QUEUE_DIR', \`/srv/mqueue')
define(\`confPID_FILE', \`/run/sendmail-${kind}.pid')
define(\`STATUS_FILE', \`/run/statistics')
define(\`confSERVICE_SWITCH_FILE', \`/etc/outtray/service.switch')
define(\`ALIAS_FILE', \`null:none')
define(\`confMAX_MESSAGE_SIZE', \`${SIZE_LIMIT}')
define(\`confTO_IDENT', \`0')
define(\`confREFUSE_LA', \`1000')
define(\`confQUEUE_LA', \`1000')
define(\`confPRIVACY_FLAGS', \`public')
define(\`confLOG_LEVEL', \`10')
define(\`confCACERT_PATH', \`/etc/ssl/certs')
define(\`confCACERT', \`${file}.pem')
define(\`confSERVER_CERT', \`${file}.pem')
define(\`confSERVER_KEY', \`${file}.key')
define(\`confAUTH_MECHANISMS', \`PLAIN LOGIN')
TRUST_AUTH_MECH(\`PLAIN LOGIN')
define(\`LOCAL_MAILER_PATH', \`/bin/sh')
define(\`LOCAL_MAILER_ARGS', \`sh /etc/outtray/to-maildir $u')
define(\`LOCAL_MAILER_FLAGS', \`SPn8')
define(\`LOCAL_MAILER_MAX', \`')
FEATURE(\`nocanonify')
FEATURE(\`no_default_msa')
FEATURE(\`accept_unresolvable_domains')
${doors.map(daemon).join('\n')}
MAILER(\`local')
MAILER(\`smtp')
LOCAL_CONFIG
Cw${DOMAIN}
LOCAL_RULESETS
SLocal_check_rcpt
R<${GREY}@${DOMAIN}>	$#error $@ 4.7.1 $: "450 ${GREY_TEXT}"
R${GREY}@${DOMAIN}	$#error $@ 4.7.1 $: "450 ${GREY_TEXT}"
`;
}

const TO_MAILDIR = `set -e
file=$(mktemp ${MAIL}/$1/tmp/XXXXXXXXXXXXXXXX)
cat >"$file"
mv "$file" "${MAIL}/$1/new"
`;
