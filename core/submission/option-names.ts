/**
 * sendmail's options by name (-O Name=value, any case, abbreviated as long as it is clear) and by
 * letter (-oi). Names that nobody knows are refused, so that a typing error does not pass; those
 * that mean nothing here are taken and have no effect. `sendmail -bO` lists them. Pure.
 */

/** In sendmail's order; those up to RetryFactor have the letters below. Two have no name. */
const NAMES = `
SevenBitInput EightBitMode AliasFile AliasWait BlankSub MinFreeBlocks CheckpointInterval HoldExpensive
DeliveryMode ErrorHeader ErrorMode TempFileMode SaveFromLine MatchGECOS - HelpFile MaxHopCount ResolverOptions
IgnoreDots ForwardPath SendMimeErrors ConnectionCacheSize ConnectionCacheTimeout UseErrorsTo LogLevel MeToo -
CheckAliases OldStyleHeaders DaemonPortOptions PrivacyOptions PostmasterCopy QueueFactor QueueDirectory
DontPruneRoutes Timeout StatusFile SuperSafe QueueTimeout TimeZoneSpec UserDatabaseSpec DefaultUser FallbackMXhost
Verbose TryNullMXList QueueLA RefuseLA RecipientFactor ForkEachJob ClassFactor RetryFactor QueueSortOrder HostsFile
MinQueueAge DefaultCharSet ServiceSwitchFile DialDelay NoRecipientAction SafeFileEnvironment MaxMessageSize
ColonOkInAddr MaxQueueRunSize MaxDaemonChildren DontExpandCnames MustQuoteChars SmtpGreetingMessage UnixFromLine
OperatorChars DontInitGroups SingleLineFromHeader AllowBogusHELO ConnectionRateThrottle UnsafeGroupWrites
DoubleBounceAddress HostStatusDirectory SingleThreadDelivery RunAsUser RrtImpliesDsn PidFile DontBlameSendmail
DontProbeInterfaces MaxRecipientsPerMessage DeadLetterDrop MaxAliasRecursion ConnectOnlyTo TrustedUser
MaxMimeHeaderLength ControlSocketName MaxHeadersLength ProcessTitlePrefix DefaultAuthInfo AuthMechanisms
ClientPortOptions DataFileBufferSize XscriptFileBufferSize LDAPDefaultSpec ServerCertFile ServerKeyFile
ClientCertFile ClientKeyFile CACertFile CACertPath DHParameters InputMailFilters Milter AuthOptions QueueFileMode
CertFingerprintAlgorithm CipherList RandFile TLSSrvOptions BadRcptThrottle DeliverByMin MaxQueueChildren
MaxRunnersPerQueue DirectSubmissionModifiers NiceQueueRun SharedMemoryKey AuthMaxBits MailboxDatabase UseMSP DelayLA
FastSplit SoftBounce SharedMemoryKeyFile RejectLogInterval RequiresDirfsync ConnectionRateWindowSize CRLFile
FallbackSmartHost AuthRealm CRLPath HeloName MaxNOOPCommands BadRcptShutdown BadRcptShutdownGood ServerSSLOptions
ClientSSLOptions MaxQueueAge RejectNUL UseCompressedIPv6Addresses SSLEngine SSLEnginePath TLSFallbacktoClear
SetCertAltnames SmtpUTF8 StrictTransportSecurity CipherSuites`;
const LETTERS = '78AaBbCcdEeFfGgHhIiJjkKlLmMnoOpPqQRrSsTtUuVvwxXyYzZ';

/** The letters that scripts use, without a look at the table. */
const COMMON = new Map([
  ['d', 'DeliveryMode'],
  ['e', 'ErrorMode'],
  ['i', 'IgnoreDots'],
]);

export type OptionSetting =
  /** `remark` is said; `part` is what follows the dot in Timeout.queuewarn. */
  | { readonly name: string; readonly part: string | null; readonly value: string; readonly remark: string | null }
  | { readonly refusal: string };

export function optionNames(): string[] {
  return NAMES.trim()
    .split(/\s+/)
    .map((name) => (name === '-' ? '' : name));
}

/** `-O name=value` or `-oxvalue`, a blank for x standing for a name. */
export function parseOption(letter: 'O' | 'o', text: string): OptionSetting {
  if (letter === 'O') return byName(text);
  const code = text.charAt(0);
  return code === ' ' ? byName(text.slice(1)) : byLetter(code, text.slice(1));
}

function byLetter(code: string, value: string): OptionSetting {
  const common = COMMON.get(code);
  if (common !== undefined) return { name: common, part: null, value, remark: null };
  const index = code === '' ? -1 : LETTERS.indexOf(code);
  if (index < 0) return { refusal: `readcf: unknown option name 0x${(code.charCodeAt(0) || 0).toString(16)}` };
  return { name: optionNames()[index] ?? '', part: null, value, remark: null };
}

function byName(text: string): OptionSetting {
  const equals = text.indexOf('=');
  const before = equals < 0 ? text : text.slice(0, equals);
  if (before === '') return { refusal: 'readcf: null option name' };
  const whole = before.replace(/ +$/, '');
  const dot = whole.indexOf('.');
  const given = dot < 0 ? whole : whole.slice(0, dot);
  const found = findName(given);
  if ('refusal' in found) return found;
  return {
    name: found.name,
    part: dot < 0 ? null : whole.slice(dot + 1),
    value: equals < 0 ? '' : text.slice(equals + 1).replace(/^ +/, ''),
    remark: given.length === found.name.length ? null : `Option ${given} used as abbreviation for ${found.name}`,
  };
}

function findName(given: string): { readonly name: string } | { readonly refusal: string } {
  const asked = given.toLowerCase();
  const matches = optionNames().filter((name) => name.toLowerCase().startsWith(asked));
  const exact = matches.find((name) => name.length === given.length);
  const [first, second] = matches;
  if (exact !== undefined) return { name: exact };
  if (first === undefined) return { refusal: `readcf: unknown option name ${given}` };
  if (second === undefined) return { name: first };
  return { refusal: `readcf: ambiguous option name ${given} (matches ${first} and ${second})` };
}

/** sendmail's booleans: T, t, Y, y and nothing at all are true. */
export function isTrue(value: string): boolean {
  return value === '' || /^[TtYy]/.test(value);
}
