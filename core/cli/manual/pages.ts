/** All manual pages, as files. Pure; `npm run build` writes them (build/documents.mjs). */
import { VERSION } from '../../system/version.js';
import { outtrayPage, settingsPage } from './outtray-pages.js';
import { type Page, toRoff } from './roff.js';
import { mailqPage, newaliasesPage, sendmailPage } from './sendmail-pages.js';

/** `differences`: core/submission/SENDMAIL.md. */
export function manualPages(differences: string): Page[] {
  return [outtrayPage(), settingsPage(), sendmailPage(differences), mailqPage(), newaliasesPage()];
}

/** By path: `man8/sendmail.8`. */
export function manualFiles(differences: string): ReadonlyMap<string, string> {
  return new Map(
    manualPages(differences).map((page) => [`man${page.section}/${page.name}.${page.section}`, toRoff(page, VERSION)]),
  );
}
