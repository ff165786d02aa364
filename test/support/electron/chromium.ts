/** The system's Chromium, for windows of the stand-in and for pages in a browser. */
import fs from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** null where there is none. */
export function findChromium(): string | null {
  return PLACES.find((place) => fs.existsSync(place)) ?? null;
}

/** Quiet on the network; the windows need no drawing hardware. */
export const CHROMIUM_ARGUMENTS: readonly string[] = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
