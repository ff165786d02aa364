/**
 * How `outtray` commands talk to the running agent: the contract's calls as JSON lines over a
 * local socket that only its owner can open, plus calls that no window has (ControlCalls). Frames
 * as in frames.ts; a line that is none, or has no end, ends the connection.
 */
import fs from 'node:fs';
import net from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import type { Paths } from '../system/paths.js';
import type { AgentState, Calls, Handlers } from './contract.js';
import { controlAddress } from './control-address.js';
import { answerCall, parseCallFrame } from './frames.js';

/** No agent runs for this directory. */
export class NoAgentError extends Error {
  override readonly name = 'NoAgentError';

  constructor(options?: ErrorOptions) {
    super('No agent is running. Start it with: outtray agent start', options);
  }
}

/** What only commands ask. */
export interface ControlCalls {
  /** A one-time address of the Outbox. */
  'door:open': () => string;
  'agent:identify': () => AgentIdentity;
  /** Read the settings again. */
  'agent:reload': () => AgentState;
  /** The connection then stands until the agent's process has gone. */
  'agent:stop': () => AgentIdentity;
}

export interface AgentIdentity {
  readonly pid: number;
  /** Where it runs: behind a terminal (`outtray agent start`), in one, or as the program with the icon. */
  readonly kind: 'background' | 'terminal' | 'window';
}

export type ControlHandlers = { readonly [C in keyof ControlCalls]: () => Promise<ReturnType<ControlCalls[C]>> };

/** It runs, and says nothing. */
export class SilentAgentError extends Error {
  override readonly name = 'SilentAgentError';

  constructor() {
    super('The agent does not answer. See: outtray agent status');
  }
}

/** An agent answers in milliseconds; one with a hundred thousand messages in seconds. */
const PATIENCE_MS = 20_000;

/** Bytes; the longest call, with as many ids as are allowed, fits. */
const LONGEST_LINE = 8 * 1024 * 1024;

export interface ControlSocket {
  close(): Promise<void>;
}

/** The caller owns the agent lock, so a socket left behind by a dead agent may be replaced. */
export function serveControl(paths: Paths, handlers: Handlers, own: ControlHandlers): Promise<ControlSocket> {
  const address = controlAddress(paths);
  if (process.platform !== 'win32') fs.rmSync(address, { force: true });
  const connections = new Set<net.Socket>();
  let anyWaits = false;
  const server = net.createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => socket.destroy());
    let unfinished = 0;
    socket.on('data', (chunk: Buffer) => {
      const end = chunk.lastIndexOf('\n');
      unfinished = end < 0 ? unfinished + chunk.length : chunk.length - end - 1;
      if (unfinished > LONGEST_LINE) socket.destroy();
    });
    readLines(socket).on('line', (line) => {
      answerLine(line, handlers, own).then(
        (answer) => {
          if (answer === null) socket.destroy();
          else socket.write(`${answer.text}\n`);
          if (answer?.untilEnd !== true) return;
          // The end of the process ends it, and nothing before.
          connections.delete(socket);
          socket.unref();
          anyWaits = true;
        },
        () => socket.destroy(),
      );
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      if (process.platform !== 'win32') fs.chmodSync(address, 0o600);
      resolve({
        close: () =>
          new Promise((closed) => {
            for (const socket of connections) socket.destroy();
            server.close(() => closed());
            if (anyWaits) closed();
          }),
      });
    });
  });
}

interface Answer {
  readonly text: string;
  readonly untilEnd: boolean;
}

async function answerLine(line: string, handlers: Handlers, own: ControlHandlers): Promise<Answer | null> {
  const frame = parseCallFrame(line);
  if (frame === null) return null;
  const { id, call } = frame;
  if (!isControlCall(own, call)) return { text: await answerCall(handlers, frame), untilEnd: false };
  return own[call]().then(
    (value) => ({ text: JSON.stringify({ id, ok: true, value }), untilEnd: call === 'agent:stop' }),
    (error: Error) => ({ text: JSON.stringify({ id, ok: false, message: error.message }), untilEnd: false }),
  );
}

function isControlCall(own: ControlHandlers, call: string): call is keyof ControlCalls {
  return Object.hasOwn(own, call);
}

/** Ask the running agent. Throws NoAgentError when there is none, Error with the agent's words when it refuses. */
export function callAgent<C extends keyof Calls>(
  paths: Paths,
  call: C,
  ...args: Parameters<Calls[C]>
): Promise<ReturnType<Calls[C]>>;
export function callAgent<C extends keyof ControlCalls>(paths: Paths, call: C): Promise<ReturnType<ControlCalls[C]>>;
export function callAgent(paths: Paths, call: string, ...args: unknown[]): Promise<unknown> {
  return converse(paths, call, args).then(({ value, socket }) => {
    socket.destroy();
    return value;
  });
}

/** Ask it to stop; `gone` resolves when its process has ended. */
export async function stopAgent(
  paths: Paths,
): Promise<{ readonly agent: AgentIdentity; readonly gone: Promise<void> }> {
  const { value, socket } = await converse(paths, 'agent:stop', []);
  const gone = new Promise<void>((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));
  return { agent: value as AgentIdentity, gone };
}

function converse(
  paths: Paths,
  call: string,
  args: readonly unknown[],
): Promise<{ readonly value: unknown; readonly socket: net.Socket }> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(controlAddress(paths));
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new SilentAgentError()));
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      const nobody = cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED';
      reject(nobody ? new NoAgentError({ cause }) : cause);
    });
    socket.on('close', () => reject(new Error('The agent hung up before it answered.')));
    readLines(socket).once('line', (line) => {
      const answer = parseAnswer(line);
      socket.setTimeout(0);
      if (answer.ok) {
        resolve({ value: answer.value, socket });
        return;
      }
      reject(new Error(answer.message));
      socket.destroy();
    });
    socket.write(`${JSON.stringify({ id: 1, call, args })}\n`);
  });
}

function parseAnswer(
  line: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string } {
  const answer = parseJson(line);
  if (typeof answer === 'object' && answer !== null && 'ok' in answer) {
    if (answer.ok === true) return { ok: true, value: 'value' in answer ? answer.value : undefined };
    if ('message' in answer) return { ok: false, message: String(answer.message) };
  }
  return { ok: false, message: 'The agent answered in a way this version does not understand.' };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The reader repeats the socket's errors as its own; whoever holds the socket has heard them. */
function readLines(socket: net.Socket): Interface {
  return createInterface({ input: socket }).on('error', () => {});
}
