/** Nothing waits: says so, and what would appear here. */
import type { AgentState } from '../core/bridge/contract.js';
import { Icon } from './icons.js';

export function EmptyOutbox({ agent }: { readonly agent: AgentState | null }) {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name="tray" />
      </span>
      <h2>Nothing waiting</h2>
      <p>Mail sent with sendmail appears here until the relay has taken it.</p>
      {agent?.practice != null && (
        <p className="quiet">
          You are practising: switch the practice relay off below, send something, and watch it wait.
        </p>
      )}
    </div>
  );
}
