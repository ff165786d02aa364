/** Start of the window: the bridge, the store, the Outbox. */
import { createRoot } from 'react-dom/client';
import { openLink } from './bridge.js';
import { Outbox } from './outbox.js';
import { createOutboxStore } from './outbox-store.js';

const root = document.getElementById('outbox');
if (root === null) throw new Error('index.html holds no element "outbox"');
const link = openLink();
createRoot(root).render(<Outbox bridge={link.bridge} store={createOutboxStore(link)} />);
