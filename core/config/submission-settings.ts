/**
 * The few settings a submission needs, read without the schema library: it runs on each mail a
 * program sends. Whatever is wrong with the file, mail is accepted; what is unusable falls
 * back to the default and is reported with line and key. Plain JSON, or no file, is read without the
 * parser that knows comments and lines.
 */
import { isRecord, readSettingsSource, type SettingsProblem } from './settings-source.js';
import type { SettingsText } from './settings-text.js';
import { parseSize } from './units.js';

export interface SubmissionSettings {
  /** Own name in Received and Message-Id; null: what the system says, never looked up. */
  readonly hostname: string | null;
  /** Aliases files besides the user's own, relative to the settings file. */
  readonly aliases: readonly string[];
  /** Names in From, To and Cc are written as what they stand for, too. */
  readonly aliasesInHeader: boolean;
  readonly delivery: { readonly mode: DeliveryMode };
  /** Class t: may name any sender. */
  readonly trustedUsers: readonly string[];
  /** Lines of the mail log go to the system's, too. */
  readonly log: { readonly system: boolean };
  readonly queue: { readonly maxMessageBytes: number; readonly minFreeBytes: number; readonly maxRecipients: number };
}

export type DeliveryMode = 'deferred' | 'interactive' | 'background' | 'queue';

const DELIVERY_MODES: readonly unknown[] = ['deferred', 'interactive', 'background', 'queue'];

function isDeliveryMode(value: unknown): value is DeliveryMode {
  return value === 'deferred' || DELIVERY_MODES.includes(value);
}

export interface LoadedSubmissionSettings {
  readonly settings: SubmissionSettings;
  readonly problems: readonly SettingsProblem[];
}

export async function loadSubmissionSettings(settingsFile: string): Promise<LoadedSubmissionSettings> {
  const value = readPlain(settingsFile);
  const plain = value === null ? null : readSubmissionSettings({ value, problems: [], lineOf: () => 1 });
  if (plain !== null && plain.problems.length === 0) return plain;
  const { readSettingsText } = await import('./settings-text.js');
  return readSubmissionSettings(readSettingsText(settingsFile));
}

/** Null for what is not plain JSON. */
function readPlain(settingsFile: string): SettingsText['value'] | null {
  try {
    const source = readSettingsSource(settingsFile);
    const value: unknown = source === null ? {} : JSON.parse(source);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function readSubmissionSettings(text: Omit<SettingsText, 'text'>): LoadedSubmissionSettings {
  const problems = [...text.problems];
  const value = text.value ?? {};
  const section = (name: string): Readonly<Record<string, unknown>> => {
    const inner = value[name];
    return isRecord(inner) ? inner : {};
  };
  const complain = (path: readonly string[], message: string): void => {
    problems.push({ key: path.join('.'), line: text.lineOf(path), message });
  };
  const stringOrNull = (name: string): string | null => {
    const found = value[name];
    if (found === undefined || found === null) return null;
    if (typeof found === 'string' && found !== '') return found;
    complain([name], 'must be a text or null');
    return null;
  };
  const listOfTexts = (name: string): readonly string[] => {
    const found = value[name] ?? [];
    const list: readonly unknown[] = Array.isArray(found) ? found : [found];
    const texts: string[] = [];
    for (const item of list) if (typeof item === 'string' && item !== '') texts.push(item);
    if (texts.length === list.length) return texts;
    complain([name], 'must be a text, a list of texts or null');
    return [];
  };
  const flag = (...keys: readonly [string] | readonly [section: string, name: string]): boolean => {
    const [first, name] = keys;
    const found = (name === undefined ? value[first] : section(first)[name]) ?? false;
    if (typeof found !== 'boolean') complain(keys, 'must be true or false');
    return found === true;
  };
  const size = (name: string, fallback: number): number => {
    const found = section('queue')[name];
    if (found === undefined) return fallback;
    const bytes = typeof found === 'string' ? parseSize(found) : null;
    if (bytes !== null) return bytes;
    complain(['queue', name], 'must be a size such as "500kB" or "50MB"');
    return fallback;
  };
  const count = (name: string, fallback: number): number => {
    const found = section('queue')[name] ?? fallback;
    if (typeof found === 'number' && Number.isInteger(found) && found >= 0) return found;
    complain(['queue', name], 'must be a whole number, 0 for no limit');
    return fallback;
  };
  const mode = section('delivery').mode ?? 'deferred';
  const known = isDeliveryMode(mode);
  if (!known) complain(['delivery', 'mode'], `must be one of ${DELIVERY_MODES.join(', ')}`);
  return {
    settings: {
      hostname: stringOrNull('hostname'),
      aliases: listOfTexts('aliases'),
      aliasesInHeader: flag('aliasesInHeader'),
      delivery: { mode: known ? mode : 'deferred' },
      trustedUsers: listOfTexts('trustedUsers'),
      log: { system: flag('log', 'system') },
      queue: {
        maxMessageBytes: size('maxMessageBytes', 50_000_000),
        minFreeBytes: size('minFreeBytes', 100_000_000),
        maxRecipients: count('maxRecipients', 100_000),
      },
    },
    problems,
  };
}
