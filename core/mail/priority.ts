/**
 * The priority number of a message (P record): its size, more for each recipient, less for an urgent
 * class; a lower number goes first. sendmail's RecipientFactor, ClassFactor and RetryFactor. Pure.
 */
const RECIPIENT_FACTOR = 30_000;
const CLASS_FACTOR = 1800;
/** What each attempt adds. */
export const RETRY_FACTOR = 90_000;

interface PriorityFactors {
  readonly recipientFactor?: number | undefined;
  readonly classFactor?: number | undefined;
}

export function priorityOf(
  sizeBytes: number,
  recipients: number,
  messageClass: number,
  { recipientFactor = RECIPIENT_FACTOR, classFactor = CLASS_FACTOR }: PriorityFactors = {},
): number {
  return sizeBytes + recipientFactor * recipients - classFactor * messageClass;
}

/** The size that an untried message's number was made of. */
export function sizeInPriority(priority: number, recipients: number, messageClass: number): number {
  return priority - priorityOf(0, recipients, messageClass);
}
