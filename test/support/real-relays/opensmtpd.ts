/**
 * OpenSMTPD, in plain text only: Debian 12's 6.8 cannot use a key with OpenSSL 3 ("missing private key",
 * https://github.com/OpenSMTPD/OpenSMTPD/issues/1239), and without TLS it has no AUTH.
 */
import {
  ALL_LISTEN,
  DOMAIN,
  GREY,
  GREY_TEXT,
  MAIL,
  MAIL_USER,
  MAKE_MAILDIRS,
  type OpenDoor,
  PEOPLE,
  type RealServer,
  SIZE_LIMIT,
  sayWhenListening,
} from './server.js';
import { whyNoWorld } from './world.js';

const TREE = 'opensmtpd';

export const opensmtpd: RealServer = {
  name: 'OpenSMTPD',
  missing: whyNoWorld(TREE),
  taken: / smtp message msgid=/,
  failedSignIn: /authentication failed/,
  offers: ({ security, auth }) => security === 'none' && !auth,
  describe: (doors) => ({
    tree: TREE,
    users: { opensmtpd: 955, opensmtpq: 956, ...MAIL_USER },
    files: { '/etc/smtpd.conf': configuration(doors) },
    ready: [ALL_LISTEN],
    script: `${MAKE_MAILDIRS}
mkdir -p /var/lib/opensmtpd/empty /srv/spool /var/spool/smtpd
chmod 711 /srv/spool
mount --bind /srv/spool /var/spool/smtpd
smtpd -d &
${sayWhenListening(doors)}`,
  }),
};

function configuration(doors: readonly OpenDoor[]): string {
  const home = (person: string): string => `${person} = "${MAIL_USER.vmail}:${MAIL_USER.vmail}:${MAIL}/${person}"`;
  const listen = ({ port }: OpenDoor): string =>
    `listen on 127.0.0.1 port ${port} filter grey hostname relay.${DOMAIN}`;
  return `table people { ${PEOPLE.map(home).join(', ')} }
smtp max-message-size "${SIZE_LIMIT}"
filter grey phase rcpt-to match rcpt-to { "${GREY}@${DOMAIN}" } reject "450 4.7.1 ${GREY_TEXT}"
${doors.map(listen).join('\n')}
action in maildir "${MAIL}/%{user.username}" userbase <people>
match from any for domain "${DOMAIN}" action in
`;
}
