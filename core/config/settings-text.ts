/**
 * settings.json as text: JSON with comments and trailing commas, read into a tree so that every
 * complaint can name its line.
 */
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { isRecord, readSettingsSource, type SettingsProblem } from './settings-source.js';

export interface SettingsText {
  readonly text: string;
  /** What the text says; undefined when it cannot be read as an object at all. */
  readonly value: Readonly<Record<string, unknown>> | undefined;
  readonly problems: readonly SettingsProblem[];
  /** Line of the key at this path, or of the nearest one above it. */
  lineOf(path: readonly (string | number)[]): number;
}

/** A missing file is empty settings; one that cannot be read is a problem, never an exception. */
export function readSettingsText(file: string): SettingsText {
  try {
    return parseSettingsText(readSettingsSource(file) ?? '{}');
  } catch (error) {
    const message = `cannot be read: ${(error as Error).message}`;
    return { text: '', value: undefined, problems: [{ key: '', line: 1, message }], lineOf: () => 1 };
  }
}

export function parseSettingsText(text: string): SettingsText {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;
  const lineOf = (path: readonly (string | number)[]): number => {
    for (let length = path.length; root !== undefined && length > 0; length -= 1) {
      const node = findNodeAtLocation(root, path.slice(0, length));
      if (node !== undefined) return lineAt(keyOffset(node));
    }
    return 1;
  };
  const said = errors.map((error) => ({
    key: '',
    line: lineAt(error.offset),
    message: `not valid JSON: ${words(printParseErrorCode(error.error))}`,
  }));
  // Two braces may be missing in one place.
  const isNew = (its: SettingsProblem, at: number): boolean =>
    !said.slice(0, at).some(({ line, message }) => line === its.line && message === its.message);
  const problems = said.filter(isNew);
  if (text.trim() === '') return { text, value: {}, problems: [], lineOf };
  const value: unknown = root === undefined ? undefined : getNodeValue(root);
  if (isRecord(value)) return { text, value, problems, lineOf };
  if (problems.length === 0) problems.push({ key: '', line: 1, message: 'must be an object: { ... }' });
  return { text, value: undefined, problems, lineOf };
}

/** A property's value starts after its key; people look for the key. */
function keyOffset(node: Node): number {
  return node.parent?.type === 'property' ? node.parent.offset : node.offset;
}

/** `CommaExpected` -> `comma expected`. */
function words(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
