/** The commands' socket with peers that are broken or worse. */
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Handlers } from '../../../core/bridge/contract.js';
import { controlAddress } from '../../../core/bridge/control-address.js';
import { type ControlHandlers, callAgent, serveControl } from '../../../core/bridge/control-socket.js';
import { type Paths, resolvePaths } from '../../../core/system/paths.js';

function somewhere(): Paths {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-control-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const paths = resolvePaths({ OUTTRAY_HOME: directory });
  fs.mkdirSync(paths.stateDirectory);
  return paths;
}

async function serve(): Promise<Paths> {
  const paths = somewhere();
  const handlers = { 'queue:list': async () => [] } as unknown as Handlers;
  const control = await serveControl(paths, handlers, {} as unknown as ControlHandlers);
  onTestFinished(() => control.close());
  return paths;
}

describe('the control socket', () => {
  it('hangs up on a line without an end, and serves the next', async () => {
    const paths = await serve();
    const socket = net.connect(controlAddress(paths)).on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const pour = (): void => {
      while (!socket.destroyed && socket.write('x'.repeat(1024 * 1024)));
    };
    socket.on('drain', pour);
    pour();

    await closed;

    expect(socket.bytesWritten).toBeLessThan(64 * 1024 * 1024);
    expect(await callAgent(paths, 'queue:list')).toEqual([]);
  });

  it('hangs up on what is no call', async () => {
    const paths = await serve();
    const socket = net.connect(controlAddress(paths)).on('error', () => {});

    socket.write('{"id":1,"call":["queue:list"]}\n');

    await once(socket, 'close');
  });

  it('tells a command in words that the answer made no sense', async () => {
    const paths = somewhere();
    const server = net.createServer((socket) => socket.end('not JSON\n')).listen(controlAddress(paths));
    onTestFinished(() => void server.close());
    await once(server, 'listening');

    await expect(callAgent(paths, 'queue:list')).rejects.toThrow('does not understand');
  });

  it('waits for an agent that says nothing, but not for ever', async () => {
    const paths = somewhere();
    const server = net.createServer(() => {}).listen(controlAddress(paths));
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    // Patience is measured in moments here.
    const { setTimeout } = net.Socket.prototype;
    const patience = vi.spyOn(net.Socket.prototype, 'setTimeout').mockImplementation(function (
      this: net.Socket,
      _,
      hear,
    ) {
      return setTimeout.call(this, 1, hear);
    });
    onTestFinished(() => patience.mockRestore());

    await expect(callAgent(paths, 'queue:list')).rejects.toThrow('does not answer');
  });
});
