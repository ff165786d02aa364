/**
 * Words that depend on the present. A timer runs only while something on the screen is about
 * to change and the window can be seen.
 */
import { useEffect, useReducer } from 'react';

/** Render again after so many milliseconds, and when the window comes to the front; null: only then. */
export function useWakeUp(waitMs: number | null): void {
  const [, wake] = useReducer((count: number) => count + 1, 0);
  // Without dependencies: each render has another time to wait.
  useEffect(() => {
    const seen = () => document.visibilityState === 'visible' && wake();
    document.addEventListener('visibilitychange', seen);
    const timer = waitMs === null || document.hidden ? undefined : window.setTimeout(wake, waitMs);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      window.clearTimeout(timer);
    };
  });
}

/** The first instant of today; another number after midnight, when `14:05` has become `Tue 14:05`. */
export function useToday(): number {
  const now = new Date();
  useWakeUp(new Date(now).setHours(24, 0, 1, 0) - now.getTime());
  return new Date(now).setHours(0, 0, 0, 0);
}
