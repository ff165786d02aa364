/** Asks once before mail is deleted, because nobody can bring it back. Cancel has the keyboard. */
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import type { QueueEntry } from '../core/bridge/contract.js';
import { countMessages } from './state-words.js';
import { cleanLine } from './text.js';

interface Props {
  /** What would be deleted; null: nothing is asked. */
  readonly entries: readonly QueueEntry[] | null;
  readonly onCancel: () => void;
  readonly onDelete: (entries: readonly QueueEntry[]) => void;
}

export function DeleteDialog({ entries, onCancel, onDelete }: Props) {
  if (entries === null) return null;
  const [first] = entries;
  const one = entries.length === 1 && first !== undefined;
  const what = one ? `“${cleanLine(first.subject) || '(no subject)'}”` : countMessages(entries.length);
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(isOpen) => !isOpen && onCancel()} className="overlay">
      <Modal className="modal">
        <Dialog role="alertdialog" className="dialog">
          <Heading slot="title">Delete {what}?</Heading>
          <p>
            {one ? 'The message is' : 'The messages are'} gone for good: nobody who has not received{' '}
            {one ? 'it' : 'them'} yet will, and nothing brings {one ? 'it' : 'them'} back.
          </p>
          <div className="dialog-buttons">
            <Button className="button" onPress={onCancel} autoFocus>
              Cancel
            </Button>
            <Button className="button danger" onPress={() => onDelete(entries)}>
              Delete
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
