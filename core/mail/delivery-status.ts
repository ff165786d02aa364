/**
 * What the command line may ask about reports (RFC 3461): -N and -R, checked as sendmail checks
 * them. null: not valid. Pure.
 */

/** Flags of the R line in the queue, in their order: `never` is none of them. */
export function parseNotify(text: string): string | null {
  if (/^never$/i.test(text)) return '';
  const words = text.toLowerCase().split(',');
  if (!words.every((word) => /^(?:success|failure|delay)$/.test(word))) return null;
  return [
    ['success', 'S'],
    ['failure', 'F'],
    ['delay', 'D'],
  ]
    .filter(([word]) => words.includes(word ?? ''))
    .map(([, flag]) => flag)
    .join('');
}

export function parseReturn(text: string): 'full' | 'headers' | null {
  if (/^full$/i.test(text)) return 'full';
  return /^hdrs$/i.test(text) ? 'headers' : null;
}
