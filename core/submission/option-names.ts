/**
 * sendmail's options by name (-O Name=value). Those that mean something to us are read in
 * options.ts; the others are taken and have no effect, and a name sendmail does not know is
 * refused, so that a typing error does not pass. `sendmail -bO` lists them.
 */
export const OPTION_NAMES: readonly string[] = `
SevenBitInput EightBitMode AliasFile AliasWait BlankSub MinFreeBlocks CheckpointInterval HoldExpensive
DeliveryMode ErrorHeader ErrorMode TempFileMode SaveFromLine MatchGECOS HelpFile MaxHopCount ResolverOptions
IgnoreDots ForwardPath SendMimeErrors ConnectionCacheSize ConnectionCacheTimeout UseErrorsTo LogLevel MeToo
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
SetCertAltnames SmtpUTF8 StrictTransportSecurity CipherSuites`
  .trim()
  .split(/\s+/);

/** The old one-letter names (-oi) of the options that mean something to us. */
const LETTERS = new Map([
  ['7', 'SevenBitInput'],
  ['d', 'DeliveryMode'],
  ['e', 'ErrorMode'],
  ['i', 'IgnoreDots'],
  ['q', 'QueueFactor'],
  ['Q', 'QueueDirectory'],
  ['v', 'Verbose'],
  ['x', 'QueueLA'],
]);

/** `-O name=value` or `-oxvalue` as name in sendmail's spelling and value; null when the name is unknown. */
export function parseOption(letter: 'O' | 'o', text: string): { readonly name: string; readonly value: string } | null {
  if (letter === 'o' && !text.startsWith(' ')) return { name: LETTERS.get(text.charAt(0)) ?? '', value: text.slice(1) };
  const equals = text.indexOf('=');
  const asked = (equals < 0 ? text : text.slice(0, equals)).trim().toLowerCase();
  const value = equals < 0 ? '' : text.slice(equals + 1).trim();
  // Timeout.queuewarn and its like: what follows the dot is one of many.
  const family = asked.startsWith('timeout.') ? 'timeout' : asked;
  const name = OPTION_NAMES.find((known) => known.toLowerCase() === family);
  return name === undefined ? null : { name, value };
}

export function unknownOptionName(text: string): string {
  return text.split('=')[0]?.trim() ?? text;
}

/** sendmail's booleans: T, t, Y, y and nothing at all are true. */
export function isTrue(value: string): boolean {
  return value === '' || /^[TtYy]/.test(value);
}
