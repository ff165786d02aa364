/**
 * The whole settings file against the schema. Never throws for what is in the file: a relay
 * that is wrong is left out and named, the rest applies, so that one typing error does not stop
 * the mail of every other relay.
 */
import type { z } from 'zod';
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from './settings.js';
import { isRecord, readSettingsText, type SettingsProblem, type SettingsText } from './settings-text.js';

export interface LoadedSettings {
  readonly settings: Settings;
  readonly problems: readonly SettingsProblem[];
}

export function loadSettings(file: string): LoadedSettings {
  return validateSettings(readSettingsText(file));
}

export function validateSettings(text: SettingsText): LoadedSettings {
  if (text.value === undefined) return { settings: DEFAULT_SETTINGS, problems: text.problems };
  const problems: SettingsProblem[] = [...text.problems];
  let value: Readonly<Record<string, unknown>> = text.value;
  // Each round drops what was complained of; a part dropped whole cannot be complained of again.
  for (let round = 0; round < 10; round += 1) {
    const parsed = settingsSchema.safeParse(value);
    if (parsed.success)
      return { settings: parsed.data, problems: [...problems, ...danglingDefault(parsed.data, text)] };
    for (const issue of parsed.error.issues) {
      const path = issuePath(issue);
      problems.push({ key: path.join('.'), line: text.lineOf(path), message: explain(issue) });
      value = without(value, isRelayPath(path) ? path.slice(0, 2) : path);
    }
  }
  return { settings: DEFAULT_SETTINGS, problems };
}

function danglingDefault(settings: Settings, text: SettingsText): SettingsProblem[] {
  const name = settings.defaultRelay;
  if (name === null || Object.hasOwn(settings.relays, name)) return [];
  const known = Object.keys(settings.relays);
  const message = `names the relay "${name}", which is not set up${known.length > 0 ? `; there is ${known.join(', ')}` : ''}`;
  return [{ key: 'defaultRelay', line: text.lineOf(['defaultRelay']), message }];
}

function issuePath(issue: z.core.$ZodIssue): (string | number)[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  return issue.code === 'unrecognized_keys' && issue.keys[0] !== undefined ? [...path, issue.keys[0]] : path;
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'is not a setting';
  if (issue.code === 'invalid_type')
    return `must be ${issue.message.replace(/^Invalid input: expected /, '').replace(/, received undefined$/, ', and is missing')}`;
  if (issue.code === 'invalid_value')
    return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
  if (issue.code === 'invalid_format' || issue.code === 'custom') return `must be ${issue.message}`;
  return issue.message;
}

function isRelayPath(path: readonly (string | number)[]): boolean {
  return path[0] === 'relays' && path.length >= 2;
}

/** A copy without the key at `path`; with an empty path, nothing is left. */
function without(
  value: Readonly<Record<string, unknown>>,
  path: readonly (string | number)[],
): Readonly<Record<string, unknown>> {
  const [head, ...rest] = path;
  if (head === undefined) return {};
  const copy: Record<string, unknown> = { ...value };
  const inner = copy[String(head)];
  if (rest.length > 0 && isRecord(inner)) copy[String(head)] = without(inner, rest);
  else delete copy[String(head)];
  return copy;
}
