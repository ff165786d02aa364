/**
 * The whole settings file against the schema. Never throws for what is in the file: a relay
 * that is wrong is left out and named, the rest applies, so that one typing error does not stop
 * the mail of every other relay.
 */
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from './settings.js';
import { isRecord, type SettingsProblem } from './settings-source.js';
import { readSettingsText, type SettingsText } from './settings-text.js';

export interface LoadedSettings {
  readonly settings: Settings;
  readonly problems: readonly SettingsProblem[];
  /** Relays left out for a mistake, with their patterns: their mail waits, it does not go by another way. */
  readonly brokenRelays: Readonly<Record<string, { readonly from: readonly string[] }>>;
  /** False when the text as a whole says nothing: not JSON, not readable, or empty in the middle of being saved. */
  readonly usable: boolean;
}

export function loadSettings(file: string): LoadedSettings {
  const loaded = validateSettings(readSettingsText(file));
  return { ...loaded, settings: withAbsoluteFiles(loaded.settings, dirname(resolve(file))) };
}

/** Files of relays are relative to the settings, not to wherever a program happens to be started. */
function withAbsoluteFiles(settings: Settings, directory: string): Settings {
  const absolute = (name: string | null): string | null => (name === null ? null : resolve(directory, name));
  const relays = Object.entries(settings.relays).map(([name, relay]) => {
    const { caFile, certFile, keyFile } = relay.tls;
    const files = { caFile: absolute(caFile), certFile: absolute(certFile), keyFile: absolute(keyFile) };
    return [name, { ...relay, tls: { ...relay.tls, ...files } }] as const;
  });
  return { ...settings, relays: Object.fromEntries(relays) };
}

/** What a running program makes of a new text: one that says nothing leaves the settings before in force. */
export function reloadSettings(file: string, before: LoadedSettings): LoadedSettings {
  const next = loadSettings(file);
  if (next.usable) return next;
  const empty = { key: '', line: 1, message: 'is empty; the settings before stay in force' };
  return { ...before, problems: next.problems.length > 0 ? next.problems : [empty] };
}

export function validateSettings(text: SettingsText): LoadedSettings {
  // Half of a text could send mail by the wrong relay.
  if (text.value === undefined || text.problems.length > 0) {
    return { settings: DEFAULT_SETTINGS, problems: text.problems, brokenRelays: {}, usable: false };
  }
  const usable = text.text.trim() !== '';
  const broken = new Set<string>();
  const problems: SettingsProblem[] = [...text.problems];
  let value: Readonly<Record<string, unknown>> = text.value;
  // Each round drops what was complained of; a part dropped whole cannot be complained of again.
  for (let round = 0; round < 10; round += 1) {
    const parsed = settingsSchema.safeParse(value);
    if (parsed.success) {
      const brokenRelays = Object.fromEntries(
        [...broken].map((name) => [name, { from: patternsOf(text.value, name) }]),
      );
      return {
        settings: parsed.data,
        problems: [...problems, ...danglingDefault(parsed.data, text)],
        brokenRelays,
        usable,
      };
    }
    for (const issue of parsed.error.issues) {
      const path = issuePath(issue);
      problems.push({ key: path.join('.'), line: text.lineOf(path), message: explain(issue) });
      if (isRelayPath(path)) broken.add(String(path[1]));
      value = without(value, isRelayPath(path) ? path.slice(0, 2) : path);
    }
  }
  return { settings: DEFAULT_SETTINGS, problems, brokenRelays: {}, usable };
}

/** As far as they can be read. */
function patternsOf(value: unknown, name: string): string[] {
  const relays = isRecord(value) ? value.relays : undefined;
  const relay = isRecord(relays) ? relays[name] : undefined;
  const from = isRecord(relay) ? relay.from : undefined;
  return Array.isArray(from) ? from.filter((pattern) => typeof pattern === 'string') : [];
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

/** Kinds of values as outtray-settings(5) calls them. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list in square brackets',
  object: 'an object in braces',
  record: 'an object in braces',
};

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'is not a setting';
  // A setting that is no plain text says of itself what it wants.
  if (issue.code === 'invalid_type' && !issue.message.startsWith('Invalid input')) return `must be ${issue.message}`;
  if (issue.code === 'invalid_type')
    return `must be ${KINDS[issue.expected] ?? issue.expected}${issue.message.endsWith('received undefined') ? ', and is missing' : ''}`;
  if (issue.code === 'invalid_key') return `is a name that must be ${issue.issues[0]?.message ?? 'another'}`;
  if (issue.code === 'too_big') return `must be ${issue.maximum} at most`;
  if (issue.code === 'too_small')
    return issue.origin === 'string' || issue.origin === 'array'
      ? 'must not be empty'
      : `must be ${issue.minimum} at least`;
  if (issue.code === 'invalid_value')
    return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
  return `must be ${issue.message}`;
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
