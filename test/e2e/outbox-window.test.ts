/** The built Outbox window in a real Chromium: keyboard, focus, what is in the document, what the policy blocks. */
import fs from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { QueueEntry, QueueState } from '../../core/bridge/contract.js';
import { openWebDoor } from '../../core/bridge/web-door.js';
import { attemptRecord, troubleRecord } from '../core/queue/journal-records.js';
import { findChromium } from '../support/electron/chromium.js';
import { memoryAgent } from '../support/memory-agent.js';
import {
  launchChromium,
  type OutboxPageOptions,
  openOutboxPage,
  plainDetail,
  RENDERER_DIRECTORY,
} from '../support/outbox-page.js';
import { agentState, NOW, queueEntry } from '../support/queue-entries.js';

const noChromium = findChromium() === null;
const suffix = noChromium ? ' (skipped: no Chromium)' : '';
const artefacts = path.resolve(RENDERER_DIRECTORY, '../../artefacts');
let browser: Browser;

beforeAll(async () => {
  if (!noChromium) browser = await launchChromium();
});
afterAll(async () => {
  if (!noChromium) await browser.close();
});

const STATES: readonly QueueState[] = ['waiting', 'will-retry', 'held', 'failed', 'scheduled', 'maybe-sent', 'lost'];
const some = (count: number): QueueEntry[] =>
  Array.from({ length: count }, (_, number) =>
    queueEntry(number, { state: STATES[number % STATES.length] ?? 'waiting' }),
  );

async function open(entries: readonly QueueEntry[], options: Partial<OutboxPageOptions> = {}) {
  const opened = await openOutboxPage(browser, { entries, agent: agentState(entries), ...options });
  onTestFinished(() => opened.close());
  await opened.page.getByRole('status').waitFor();
  return opened;
}

const grid = (page: Page) => page.getByRole('grid', { name: 'Outbox' });
const rows = (page: Page) => grid(page).locator('tbody').getByRole('row');
const row = (page: Page, entry: QueueEntry | undefined) => rows(page).filter({ hasText: entry?.to ?? '' });
const region = (page: Page) => page.getByRole('region', { name: 'Message' });
const historyTab = (page: Page) => region(page).getByRole('tab', { name: 'History' });
const history = (page: Page) => region(page).getByRole('tabpanel', { name: 'History' });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const focusedRow = (page: Page) => page.locator('tbody [role=row]:focus, tbody tr:focus');

/** With what a relay could do to a terminal or a page. */
const putOff = (at: number) =>
  attemptRecord({
    at,
    endedAt: at + 900,
    phase: 'rcpt',
    bytes: 0,
    recipients: [
      {
        address: 'busy@example.org',
        outcome: 'deferred',
        reply: '450 4.2.1 <busy@example.org>\r\nMailbox busy \u001b[31m',
        status: '4.2.1',
      },
    ],
    transcript: ['>>> MAIL FROM:<me@example.net>', '250 2.1.0 ok', '>>> RCPT TO:<busy@example.org>', '450 4.2.1 busy'],
  });

describe.skipIf(noChromium)(`the Outbox window${suffix}`, () => {
  it('tells why a message waits, in words and in the words of the relay', async () => {
    const entry = queueEntry(4, {
      state: 'failed',
      recipients: [
        { address: 'ann@example.org', blind: false, status: '250 2.1.5 ok' },
        { address: 'nobody@example.org', blind: true, status: '550 5.1.1 User unknown' },
      ],
    });
    const { page, faults } = await open([entry]);

    await rows(page).first().click();

    const message = region(page);
    await message.getByText('The relay refused it for good.').waitFor();
    await message.getByText('550 5.1.1 <nobody@example.org>: Recipient address rejected: User unknown').waitFor();
    expect(await message.getByRole('listitem').allInnerTexts()).toEqual([
      'ann@example.org\n250 2.1.5 ok',
      'nobody@example.org Bcc\n550 5.1.1 User unknown',
    ]);
    await message.getByRole('tab', { name: 'Headers' }).click();
    await message.getByText('Fri, 20 Nov 2026 15:05:00 +0100').waitFor();
    await message.getByRole('tab', { name: 'Raw' }).click();
    await message.getByText('here it is.').waitFor();
    expect(faults).toEqual([]);
  });

  it('tells what was tried so far, the newest first, and opens a session by keyboard', async () => {
    const entry = queueEntry(1, { state: 'will-retry' });
    const refused = troubleRecord(NOW - 7_200_000, { times: 14, endedAt: NOW - 3_600_000 });
    const { page, faults } = await open([entry], {
      detail: () => ({ ...plainDetail(entry), attempts: [refused, putOff(NOW)] }),
    });

    await rows(page).first().click();
    await historyTab(page).waitFor();
    await region(page).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    const tries = history(page).getByRole('listitem');

    expect(await tries.first().innerText()).toContain('450 4.2.1 <busy@example.org>\nMailbox busy \ufffd[31m');
    expect(await tries.last().innerText()).toMatch(
      /^14 times, .*\n+It went as far as the connection: nobody listens at smtp\.example\.org port 465\.$/,
    );
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await tries.first().getByText('>>> MAIL FROM:<me@example.net>').waitFor();
    await page.keyboard.press('Enter');
    await tries.first().getByText('>>> MAIL FROM:<me@example.net>').waitFor({ state: 'hidden' });
    expect(faults).toEqual([]);
  });

  it('shows a new attempt while the message is open, and leaves open the session that is read', async () => {
    const entry = queueEntry(1, { state: 'will-retry' });
    let attempts = [putOff(NOW)];
    let reads = 0;
    const detail = () => {
      reads += 1;
      return { ...plainDetail(entry), attempts };
    };
    const { page, emit } = await open([entry], { detail });
    await rows(page).first().click();
    await historyTab(page).click();
    await history(page).getByText('Session').click();

    for (const reason of ['10 % of 102 MB', '45 % of 102 MB']) {
      await emit('queue:changed', { changed: [{ ...entry, state: 'sending', reason }], removed: [] });
      await region(page).getByText(reason).waitFor();
    }
    attempts = [putOff(NOW), putOff(NOW + 60_000)];
    await emit('queue:changed', { changed: [{ ...entry, attempts: 3 }], removed: [] });

    await expect.poll(() => history(page).getByRole('listitem').count()).toBe(2);
    expect(await history(page).locator('details').nth(0).getAttribute('open')).toBeNull();
    expect(await history(page).locator('details').nth(1).getAttribute('open')).toBe('');
    expect(reads).toBe(3);
  });

  it('keeps a long history and a reply without a space within the pane', async () => {
    const entry = queueEntry(1, { state: 'will-retry' });
    const session = ['x'.repeat(500)];
    const attempts = Array.from({ length: 30 }, (_, number) => ({
      ...putOff(NOW + number),
      reply: `451 ${'y'.repeat(500)}`,
      transcript: session,
    }));
    const { page } = await open([entry], { detail: () => ({ ...plainDetail(entry), attempts }) });

    await rows(page).first().click();
    await historyTab(page).click();
    await history(page).getByText('Session').first().click();
    const sideways = await history(page).evaluate((panel) => panel.scrollWidth - panel.clientWidth);
    const downwards = await page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight);

    expect({ sideways, downwards }).toEqual({ sideways: 0, downwards: 0 });
  });

  it('says nothing of a history where there is none', async () => {
    const { page } = await open([queueEntry(1)]);

    await rows(page).first().click();
    await region(page).getByRole('tab', { name: 'Raw' }).click();
    await region(page).getByText('here it is.').waitFor();

    expect(await region(page).getByRole('tab').allInnerTexts()).toEqual(['Overview', 'Headers', 'Raw']);
  });

  it('shows no markup, no direction mark and no control character of a message', async () => {
    const subject = '<img src=x onerror=alert(1)> \u202egnp.exe\u0007';
    const { page, faults } = await open([queueEntry(1, { subject })]);

    const title = await rows(page).first().getByRole('rowheader').innerText();

    expect(title).toBe('<img src=x onerror=alert(1)> gnp.exe');
    expect(faults).toEqual([]);
  });

  it('is worked by keyboard alone', async () => {
    const entries = some(40);
    const { page } = await open(entries);
    const tab = async (times: number) => {
      for (let press = 0; press < times; press += 1) await page.keyboard.press('Tab');
    };

    await row(page, entries[0]).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    expect(await grid(page).getByRole('row', { selected: true }).count()).toBe(3);
    await page.keyboard.press('End');
    expect(
      await focusedRow(page)
        .getByText(entries[39]?.to ?? '')
        .count(),
    ).toBe(1);
    await page.keyboard.press('Control+a');
    await region(page).getByText('40 messages chosen').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    expect(await region(page).evaluate((pane) => pane === document.activeElement)).toBe(true);
    await tab(1);
    await page.keyboard.press('ArrowRight');
    await region(page).getByText('Message-Id').waitFor();
  });

  it('sorts by a column head, by mouse and by keyboard, and says so', async () => {
    const { page } = await open(some(10));
    const head = (name: string) => page.getByRole('columnheader', { name });

    await head('Subject').getByRole('button').click();
    expect(await head('Subject').getAttribute('aria-sort')).toBe('ascending');
    expect(await rows(page).first().getByRole('rowheader').innerText()).toMatch(/^\[PATCH 1\/3\]/);
    await page.keyboard.press('Enter');
    expect(await head('Subject').getAttribute('aria-sort')).toBe('descending');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    expect(await head('From').getAttribute('aria-sort')).toBe('ascending');
    expect(await head('Subject').getAttribute('aria-sort')).toBe('none');
    await page.keyboard.press('ArrowDown');
    expect(await focusedRow(page).count()).toBe(1);
  });

  it('filters by words and by state, and buttons leave alone what is not shown', async () => {
    const entries = some(14);
    const { page, asked } = await open(entries);

    await row(page, entries[2]).click();
    await page.getByRole('searchbox', { name: 'Filter messages' }).fill('ann13@');
    expect(await rows(page).count()).toBe(1);
    expect(await button(page, 'Delete').isDisabled()).toBe(true);
    await button(page, 'Clear filter').click();
    await page.getByRole('button', { name: /All states/ }).click();
    await page.getByRole('option', { name: 'Held' }).click();
    await expect.poll(() => rows(page).count()).toBe(2);
    await rows(page).first().click();
    await button(page, 'Release').click();

    expect(asked).toEqual([{ call: 'queue:release', args: [[entries[2]?.id]] }]);
  });

  it('sends everything when nothing is chosen, and else the chosen', async () => {
    const entries = some(3);
    const { page, asked } = await open(entries);

    await button(page, 'Send Now').click();
    await row(page, entries[1]).click();
    await button(page, 'Send Now').click();
    await button(page, 'Hold').click();

    expect(asked).toEqual([
      { call: 'queue:send', args: [null] },
      { call: 'queue:send', args: [[entries[1]?.id]] },
      { call: 'queue:hold', args: [[entries[1]?.id]] },
    ]);
  });

  it('asks once before it deletes, and Cancel is what the keyboard is on', async () => {
    const entries = some(3);
    const { page, asked } = await open(entries);
    const dialog = page.getByRole('alertdialog');

    await row(page, entries[0]).click();
    await page.keyboard.press('Delete');
    await dialog.getByText('gone for good').waitFor();
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(asked).toEqual([]);
    await button(page, 'Delete').click();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await dialog.waitFor({ state: 'detached' });

    expect(asked).toEqual([{ call: 'queue:remove', args: [[entries[0]?.id]] }]);
  });

  it('says what was left alone because it is being sent', async () => {
    const { page } = await open(some(1), { result: 'busy' });

    await rows(page).first().click();
    await button(page, 'Hold').click();

    await page.getByRole('alert').getByText('is being sent right now').waitFor();
    await button(page, 'Close').click();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('stops the message that is being sent, says so, and keeps the keyboard in the pane', async () => {
    const entry = queueEntry(1, { state: 'sending', reason: 'It is being sent: 45 % of 102 MB.' });
    const { page, asked, emit } = await open([entry], { cancelled: 'cancelled' });
    const words = region(page).getByText('Stopped. Once released, it goes');

    await rows(page).first().click();
    await button(page, 'Stop').focus();
    await page.keyboard.press('Enter');
    await words.waitFor();
    await emit('queue:changed', { changed: [{ ...entry, state: 'held' }], removed: [] });
    await button(page, 'Stop').waitFor({ state: 'detached' });

    expect(asked).toEqual([{ call: 'queue:cancel', args: [entry.id] }]);
    expect(await region(page).evaluate((pane) => pane === document.activeElement)).toBe(true);
    expect(await words.count()).toBe(1);
    await emit('queue:changed', { changed: [entry], removed: [] });
    await words.waitFor({ state: 'detached' });
  });

  it('says kindly that it was too late to stop', async () => {
    const { page } = await open([queueEntry(1, { state: 'sending' })], { cancelled: 'too-late' });

    await rows(page).first().click();
    await button(page, 'Stop').click();

    await region(page).getByText('Sorry, that was too late').waitFor();
    expect(await button(page, 'Stop').isEnabled()).toBe(true);
  });

  it('hands the keyboard to the next row when the message under it leaves', async () => {
    const entries = some(5);
    const { page, emit } = await open(entries);
    await row(page, entries[1]).click();

    await emit('queue:changed', { changed: [], removed: [entries[1]?.id ?? ''] });
    await row(page, entries[1]).waitFor({ state: 'detached' });

    expect(await focusedRow(page).innerText()).toContain(entries[2]?.to);
    expect(await button(page, 'Delete').isDisabled()).toBe(true);
  });

  it('shows new mail, changed mail and the empty queue without a reload', async () => {
    const [first, second] = some(2);
    if (first === undefined || second === undefined) throw new Error('two entries');
    const { page, emit } = await open([first]);

    await emit('queue:changed', { changed: [second, { ...first, state: 'sending' }], removed: [] });
    await row(page, second).waitFor();
    await row(page, first).getByText('Sending').waitFor();
    await emit('queue:changed', { changed: [], removed: [first.id, second.id] });
    await page.getByText('Nothing waiting').waitFor();
    await emit('agent:changed', agentState([], { paused: { until: null } }));

    await expect
      .poll(() => page.getByRole('status').innerText())
      .toBe('No mail is waiting. Sending is paused until you resume.');
    expect(await button(page, 'Resume').isEnabled()).toBe(true);
  });

  it('names the hour of a scheduled message, however far off', async () => {
    const scheduled = queueEntry(4, { state: 'scheduled', nextAttemptAt: Date.UTC(2031, 2, 12, 8, 30) });
    const { page } = await open([scheduled], { locale: 'en-GB', timezoneId: 'UTC' });

    await rows(page).first().click();

    await region(page)
      .getByText(/It goes at its time\. That is 12 Mar.* 2031.*8:30\./)
      .waitFor();
    expect(await button(page, 'Release').isEnabled()).toBe(true);
    expect(await button(page, 'Hold').isEnabled()).toBe(true);
    expect(await button(page, 'Stop').count()).toBe(0);
  });

  it('draws a few rows of fifty thousand, and reaches the last', async () => {
    const entries = some(50_000);
    const { page, faults } = await open(entries);

    await row(page, entries[0]).first().click();
    await page.keyboard.press('End');
    await row(page, entries[49_999]).waitFor();

    expect(await grid(page).getAttribute('aria-rowcount')).toBe('50001');
    expect(await focusedRow(page).getAttribute('aria-rowindex')).toBe('50001');
    expect(await rows(page).count()).toBeLessThan(60);
    await page.keyboard.press('Control+a');
    await region(page).getByText('50000 messages chosen').waitFor();
    expect(faults).toEqual([]);
  });

  it.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['high-contrast', { forcedColors: 'active' }],
    ['large-text', { viewport: { width: 440, height: 280 }, deviceScaleFactor: 2 }],
  ] as const)('keeps a picture: %s', async (name, options) => {
    const entries = some(9);
    const { page, faults } = await open(entries, options);

    await row(page, entries[1]).click();
    await region(page).getByText('The relay said').waitFor();
    fs.mkdirSync(artefacts, { recursive: true });
    await page.screenshot({ path: path.join(artefacts, `outbox-${name}.png`) });
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

    expect(sideways).toBeLessThanOrEqual(0);
    expect(faults).toEqual([]);
  });
});

describe.skipIf(noChromium)(`the web door in a browser${suffix}`, () => {
  async function openDoor(entries: readonly QueueEntry[]) {
    const agent = memoryAgent(entries);
    const door = await openWebDoor({
      rendererDirectory: RENDERER_DIRECTORY,
      handlers: agent.handlers,
      subscribe: agent.subscribe,
    });
    onTestFinished(() => door.close());
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    return { agent, door, page, faults };
  }

  it('shows the queue, keeps it up to date, and takes the token out of sight', async () => {
    const { agent, door, page, faults } = await openDoor([queueEntry(1)]);

    await page.goto(door.address());
    await row(page, queueEntry(1)).waitFor();
    agent.add(queueEntry(2));
    await row(page, queueEntry(2)).click();
    await button(page, 'Hold').click();
    await row(page, queueEntry(2)).getByText('Held').waitFor();

    expect(new URL(page.url()).hash).toBe('');
    expect(await page.evaluate(() => document.cookie)).toBe('');
    expect(faults).toEqual([]);
  });

  it('lets a reload in, and a fresh address in the same tab', async () => {
    const { door, page } = await openDoor([queueEntry(1)]);
    await page.goto(door.address());
    await row(page, queueEntry(1)).waitFor();

    await page.reload();
    await row(page, queueEntry(1)).waitFor();
    await page.goto(door.address());
    await row(page, queueEntry(1)).waitFor();

    expect(await page.getByText('no longer connected').count()).toBe(0);
  });

  it('tells a page that came with a used address how to get another', async () => {
    const { door, page } = await openDoor([queueEntry(1)]);
    const address = door.address();
    await page.goto(address);
    await row(page, queueEntry(1)).waitFor();
    const other = await browser.newContext();
    onTestFinished(() => other.close());
    const late = await other.newPage();

    await late.goto(address);

    await late.getByText('outtray open').waitFor();
    expect(await row(late, queueEntry(1)).count()).toBe(0);
  });

  it('says when the agent has gone and keeps showing what was there', async () => {
    const { door, page } = await openDoor([queueEntry(1)]);
    await page.goto(door.address());
    await row(page, queueEntry(1)).waitFor();

    await door.close();

    await page.getByRole('complementary', { name: 'To do' }).getByText('Outtray has stopped.').waitFor();
    await row(page, queueEntry(1)).waitFor();
    expect(await button(page, 'Send Now').isDisabled()).toBe(true);
  });

  it('runs no script that a page brings inline', async () => {
    const { door, page } = await openDoor([]);
    await page.goto(door.address());
    await page.getByText('Nothing waiting').waitFor();

    const ran = await page.evaluate(
      () =>
        new Promise<boolean>((resolve) => {
          document.addEventListener('securitypolicyviolation', () => resolve(false));
          const script = document.createElement('script');
          script.textContent = 'document.title = "ran"';
          document.head.append(script);
          if (document.title === 'ran') resolve(true);
        }),
    );

    expect(ran).toBe(false);
  });
});
