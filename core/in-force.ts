/**
 * What applies now: the settings as they were read last, practice mode over them, and which relay
 * serves a message by both. Asked afresh for each message, so that new settings move mail
 * that is queued already; never a relay that they do not name for it.
 */
import fs from 'node:fs';
import type { Settings } from './config/settings.js';
import { type LoadedSettings, loadSettings, reloadSettings } from './config/settings-file.js';
import type { SettingsProblem } from './config/settings-source.js';
import type { Relay } from './delivery/relay.js';
import { chooseRelay, type MessageOrigin } from './delivery/route.js';
import { bareAddress } from './mail/address.js';
import { originatorOnWire, recipientOnWire, senderOnWire } from './mail/relay-address.js';
import type { Rewriting } from './mail/rewriting.js';
import { rewritingOf } from './mail/rewriting-settings.js';
import { noteIn, practiceProblem, practiceRelay, readPractice, servedByPractice } from './practice/practice-mode.js';
import type { Routable, RouteDecision } from './queue/run-context.js';
import { ownHostname } from './submission/identity.js';
import type { Paths } from './system/paths.js';
import { remember } from './system/remember.js';

export interface InForce {
  readonly settings: Settings;
  readonly settingsProblems: readonly SettingsProblem[];
  /** Relays that the settings name and describe wrongly. */
  readonly brokenRelays: LoadedSettings['brokenRelays'];
  readonly hostname: string;
  /** How addresses of this computer look outside. */
  readonly rewriting: Rewriting;
  /** Relays in force: those of the settings, or the practice relay alone. */
  readonly relays: Readonly<Record<string, Relay>>;
  /** Read settings and practice afresh; also messages queued before follow what they say now. */
  reload(): void;
  route(control: Routable): RouteDecision;
  /** The same by what the files say at this moment: for runs that nobody tells of changes. */
  routeNow(control: Routable): RouteDecision;
}

export function readInForce(paths: Paths): InForce {
  let loaded = loadSettings(paths.settingsFile);
  let practice = readPractice(paths.stateDirectory);
  let doubt = practiceProblem(paths.stateDirectory);
  const hostname = (): string => ownHostname(loaded.settings.hostname);
  const findRelays = (): Readonly<Record<string, Relay>> => {
    if (practice !== null) return { practice: practiceRelay(practice) };
    return Object.fromEntries(
      Object.entries(loaded.settings.relays).map(([name, relay]) => [name, { ...relay, name }]),
    );
  };
  let currentRelays = findRelays();
  let outside = outsideOf(rewritingOf(loaded.settings, hostname()));

  const originOf = ({ flags, recipients, sender, headers }: Routable): MessageOrigin => {
    // A report is from nobody: it goes the way of the person it is for.
    const reader = flags?.includes('r') === true ? (recipients?.[0]?.address ?? '') : '';
    if (bareAddress(reader) !== '') return { envelopeFrom: outside.reader(reader), headerFrom: null };
    const from = headers.find((header) => header.name.toLowerCase() === 'from');
    return { envelopeFrom: outside.sender(sender), headerFrom: outside.originator(from?.value ?? '') };
  };

  const route = (control: Routable): RouteDecision => {
    const inForce = currentRelays;
    // Nothing tells practice from real mail then.
    if (doubt !== null) return { kind: 'none', reason: doubt };
    if (practice !== null) {
      const relay = inForce.practice;
      if (relay !== undefined && servedByPractice(practice, control.createdAtSeconds)) return { kind: 'relay', relay };
      return {
        kind: 'none',
        reason: 'Practice mode is on; this message was there before and waits until practising ends.',
      };
    }
    const addresses = originOf(control);
    const known = { ...inForce, ...loaded.brokenRelays };
    const mistake = loaded.problems[0];
    if (mistake !== undefined && Object.keys(known).length === 0) return { kind: 'none', reason: mendFirst(mistake) };
    const choice = chooseRelay(addresses, known, loaded.settings.defaultRelay);
    if (choice.kind === 'relay' && Object.hasOwn(loaded.brokenRelays, choice.name)) {
      const its = loaded.problems.find(({ key }) => key.startsWith(`relays.${choice.name}.`));
      return { kind: 'none', reason: mendFirst(its ?? { key: `relays.${choice.name}`, line: 1, message: 'is wrong' }) };
    }
    const relay = choice.kind === 'relay' ? inForce[choice.name] : undefined;
    if (relay !== undefined) return { kind: 'relay', relay };
    return { kind: 'none', reason: choice.kind === 'none' ? choice.reason : 'No relay serves this sender.' };
  };

  const files = [paths.settingsFile, noteIn(paths.stateDirectory)];
  let version = files.map(versionOf).join();
  const reload = (): void => {
    version = files.map(versionOf).join();
    loaded = reloadSettings(paths.settingsFile, loaded);
    practice = readPractice(paths.stateDirectory);
    doubt = practiceProblem(paths.stateDirectory);
    currentRelays = findRelays();
    outside = outsideOf(rewritingOf(loaded.settings, hostname()));
  };

  return {
    get settings() {
      return loaded.settings;
    },
    get settingsProblems() {
      return loaded.problems;
    },
    get brokenRelays() {
      return loaded.brokenRelays;
    },
    get hostname() {
      return hostname();
    },
    get rewriting() {
      return outside.rewriting;
    },
    get relays() {
      return currentRelays;
    },
    reload,
    route,
    routeNow(control) {
      if (files.map(versionOf).join() !== version) reload();
      return route(control);
    },
  };
}

/** A run of ten thousand messages asks for the addresses of a few senders. */
function outsideOf(rewriting: Rewriting) {
  return {
    rewriting,
    sender: remember((text) => senderOnWire(text, rewriting)),
    originator: remember((text) => originatorOnWire(text, rewriting)),
    reader: remember((text) => recipientOnWire(text, rewriting, true)),
  };
}

function versionOf(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}

function mendFirst({ key, line, message }: SettingsProblem): string {
  return `The settings have a mistake: line ${line}: ${`${key} ${message}`.trim()}. Mail waits until it is mended.`;
}
