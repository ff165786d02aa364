/**
 * A manual page as blocks, and as roff with the man(7) macros. In texts `x` is literal and <x> names what
 * stands in its place. Whatever else means something to roff is made harmless, so that no text can break a page.
 * Pure.
 */

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'subheading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'item'; readonly term: string; readonly text: string }
  /** As it stands, such as an example. */
  | { readonly kind: 'literal'; readonly lines: readonly string[] };

export interface Page {
  readonly name: string;
  readonly section: number;
  readonly manual: string;
  /** One line, for whatis(1). */
  readonly summary: string;
  readonly blocks: readonly Block[];
}

export const heading = (text: string): Block => ({ kind: 'heading', text });
export const subheading = (text: string): Block => ({ kind: 'subheading', text });
export const paragraph = (text: string): Block => ({ kind: 'paragraph', text });
export const item = (term: string, text: string): Block => ({ kind: 'item', term, text });
export const literal = (...lines: string[]): Block => ({ kind: 'literal', lines });

export function toRoff({ name, section, manual, summary, blocks }: Page, version: string): string {
  return [
    `.TH ${name.toUpperCase()} ${section} "" "Outtray ${version}" "${manual}"`,
    '.SH NAME',
    `${plain(name)} \\- ${plain(summary)}`,
    ...blocks.flatMap((block, index) => lines(block, blocks[index - 1])),
    '',
  ].join('\n');
}

function lines(block: Block, before: Block | undefined): string[] {
  const begins = before?.kind === 'heading' || before?.kind === 'subheading';
  switch (block.kind) {
    case 'heading':
      return [`.SH ${plain(block.text.toUpperCase())}`];
    case 'subheading':
      return [`.SS ${plain(block.text)}`];
    case 'paragraph':
      return [...(begins ? [] : ['.PP']), guarded(marked(block.text))];
    case 'item':
      return ['.TP', guarded(marked(block.term)), guarded(marked(block.text))];
    case 'literal':
      return [
        ...(begins ? [] : ['.PP']),
        '.RS 4',
        '.nf',
        ...block.lines.map((line) => guarded(plain(line))),
        '.fi',
        '.RE',
      ];
  }
}

/** Between backticks bold, between angle brackets italic. */
function marked(text: string): string {
  return text
    .split(/(`[^`]+`|<[a-z]+>)/)
    .map((part) => {
      if (part.length > 2 && part.startsWith('`')) return `\\fB${plain(part.slice(1, -1))}\\fR`;
      return /^<[a-z]+>$/.test(part) ? `\\fI${part.slice(1, -1)}\\fR` : plain(part);
    })
    .join('');
}

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\e',
  // As typed, so that it can be copied.
  '-': '\\-',
  '^': '\\(ha',
  '~': '\\(ti',
  '`': '\\(ga',
  "'": '\\(aq',
  '"': '\\(dq',
  '§': '\\(sc',
};

function plain(text: string): string {
  return text.replace(/[\\\-^~`'"§]/g, (character) => SPECIAL[character] ?? character);
}

/** A line that begins with a dot would be an instruction. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}
