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
  /** Aliases file in /etc/aliases syntax, relative to the settings file. */
  readonly aliases: string | null;
  readonly delivery: { readonly mode: DeliveryMode };
  readonly queue: { readonly maxMessageBytes: number; readonly minFreeBytes: number };
}

export type DeliveryMode = 'deferred' | 'interactive' | 'background' | 'queue';

const DELIVERY_MODES: readonly DeliveryMode[] = ['deferred', 'interactive', 'background', 'queue'];

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
  const size = (name: string, fallback: number): number => {
    const found = section('queue')[name];
    if (found === undefined) return fallback;
    const bytes = typeof found === 'string' ? parseSize(found) : null;
    if (bytes !== null) return bytes;
    complain(['queue', name], 'must be a size such as "500kB" or "50MB"');
    return fallback;
  };
  const mode = section('delivery').mode ?? 'deferred';
  const known = DELIVERY_MODES.find((name) => name === mode);
  if (known === undefined) complain(['delivery', 'mode'], `must be one of ${DELIVERY_MODES.join(', ')}`);
  return {
    settings: {
      hostname: stringOrNull('hostname'),
      aliases: stringOrNull('aliases'),
      delivery: { mode: known ?? 'deferred' },
      queue: { maxMessageBytes: size('maxMessageBytes', 50_000_000), minFreeBytes: size('minFreeBytes', 100_000_000) },
    },
    problems,
  };
}
