/**
 * How `outtray` commands talk to the running agent: the contract's calls as JSON lines over a
 * local socket that only its owner can open, plus `door:open`, which answers with a one-time
 * address of the Outbox. Frames as in frames.ts; a line that is none, or has no end, ends the
 * connection.
 */
import fs from 'node:fs';
import net from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import type { Paths } from '../system/paths.js';
import type { Calls, Handlers } from './contract.js';
import { controlAddress } from './control-address.js';
import { answerCall, parseCallFrame } from './frames.js';

/** No agent runs for this directory. */
export class NoAgentError extends Error {
  override readonly name = 'NoAgentError';

  constructor(options?: ErrorOptions) {
    super('No agent is running. Start it with: outtray agent', options);
  }
}

/** Bytes; the longest call, with as many ids as are allowed, fits. */
const LONGEST_LINE = 8 * 1024 * 1024;

export interface ControlSocket {
  close(): Promise<void>;
}

/** The caller owns the agent lock, so a socket left behind by a dead agent may be replaced. */
export function serveControl(
  paths: Paths,
  handlers: Handlers,
  openDoor: () => Promise<string>,
): Promise<ControlSocket> {
  const address = controlAddress(paths);
  if (process.platform !== 'win32') fs.rmSync(address, { force: true });
  const connections = new Set<net.Socket>();
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
      answerLine(line, handlers, openDoor).then(
        (answer) => (answer === null ? socket.destroy() : socket.write(`${answer}\n`)),
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
          }),
      });
    });
  });
}

async function answerLine(line: string, handlers: Handlers, openDoor: () => Promise<string>): Promise<string | null> {
  const frame = parseCallFrame(line);
  if (frame === null) return null;
  if (frame.call !== 'door:open') return answerCall(handlers, frame);
  return openDoor().then(
    (value) => JSON.stringify({ id: frame.id, ok: true, value }),
    (error: Error) => JSON.stringify({ id: frame.id, ok: false, message: error.message }),
  );
}

/** Ask the running agent. Throws NoAgentError when there is none, Error with the agent's words when it refuses. */
export function callAgent<C extends keyof Calls>(
  paths: Paths,
  call: C,
  ...args: Parameters<Calls[C]>
): Promise<ReturnType<Calls[C]>>;
export function callAgent(paths: Paths, call: 'door:open'): Promise<string>;
export function callAgent(paths: Paths, call: string, ...args: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(controlAddress(paths));
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      const nobody = cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED';
      reject(nobody ? new NoAgentError({ cause }) : cause);
    });
    socket.on('close', () => reject(new Error('The agent hung up before it answered.')));
    readLines(socket).once('line', (line) => {
      const answer = parseAnswer(line);
      if (answer.ok) resolve(answer.value);
      else reject(new Error(answer.message));
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
