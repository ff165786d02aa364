/** -v: from name to name, as aliases lead, said as soon as it is found. */
import type { Aliases } from '../submission/aliases.js';

export function tellingSteps(aliases: Aliases, say: (text: string) => void): Aliases {
  return {
    expand(reading) {
      const expansion = aliases.expand(reading);
      for (const words of expansion?.steps ?? []) say(`${words}\n`);
      return expansion;
    },
  };
}
