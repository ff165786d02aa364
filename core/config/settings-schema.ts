/**
 * The JSON Schema of settings.json, for editors, and the list of all keys, for manual and tests: of the
 * file as a person writes it, with what each setting means.
 */
import { z } from 'zod';
import { SETTING_TEXTS } from './setting-texts.js';
import { settingsSchema } from './settings.js';
import { parseDuration, parseSize } from './units.js';

type Node = z.core.JSONSchema.JSONSchema;

export function settingsJsonSchema(): unknown {
  const schema = z.toJSONSchema(settingsSchema, { io: 'input' });
  for (const [key, node] of nodesOf(schema)) {
    const text = SETTING_TEXTS[key];
    if (text !== undefined) node.description = text.replaceAll('`', '');
  }
  return schema;
}

export interface SettingEntry {
  /** `relays.*.host` */
  readonly key: string;
  /** For people: `text`, `number`, `"a" or "b"`, ... */
  readonly type: string;
  /** As JSON; null: there is none. */
  readonly default: string | null;
  readonly required: boolean;
  /** It holds other settings. */
  readonly isSection: boolean;
}

/** In the order of the schema, a section before what it holds. */
export function settingEntries(): SettingEntry[] {
  const schema = z.toJSONSchema(settingsSchema, { io: 'input' });
  return nodesOf(schema).map(([key, node, required]) => ({
    key,
    type: typeOf(node),
    default: node.default === undefined ? null : JSON.stringify(node.default),
    required,
    isSection: childrenOf(node).length > 0,
  }));
}

function nodesOf(schema: Node, prefix = ''): [key: string, node: Node, required: boolean][] {
  return childrenOf(schema).flatMap(([name, child, required]) => [
    [`${prefix}${name}`, child, required] satisfies [string, Node, boolean],
    ...nodesOf(child, `${prefix}${name}.`),
  ]);
}

function childrenOf(node: Node): [name: string, child: Node, required: boolean][] {
  const own = Object.entries(node.properties ?? {}).flatMap(([name, child]): [string, Node, boolean][] =>
    typeof child === 'boolean' ? [] : [[name, child, node.required?.includes(name) === true]],
  );
  const named = node.additionalProperties;
  return typeof named === 'object' ? [...own, ['*', named, false]] : own;
}

function typeOf(node: Node): string {
  if (node.enum !== undefined) return either(node.enum.map((value) => JSON.stringify(value)));
  if (node.anyOf !== undefined)
    return either(node.anyOf.map((choice) => (typeof choice === 'boolean' ? '' : typeOf(choice))));
  if (Array.isArray(node.type)) return either(node.type.map(nameOf));
  if (node.type === 'array') return 'list of texts';
  if (typeof node.default === 'string' && parseDuration(node.default) !== null) return 'duration';
  if (typeof node.default === 'string' && parseSize(node.default) !== null) return 'size';
  return `${nameOf(node.type ?? 'object')}${rangeOf(node)}`;
}

function rangeOf({ minimum, maximum = Number.MAX_SAFE_INTEGER }: Node): string {
  if (minimum === undefined) return '';
  return maximum === Number.MAX_SAFE_INTEGER ? ` from ${minimum}` : ` from ${minimum} to ${maximum}`;
}

function nameOf(type: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    integer: 'number',
    boolean: 'true or false',
    object: 'section',
  };
  return names[type] ?? type;
}

function either(choices: readonly string[]): string {
  const last = choices.at(-1) ?? '';
  return choices.length < 2 ? last : `${choices.slice(0, -1).join(', ')} or ${last}`;
}
