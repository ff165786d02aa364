/**
 * Whose process is at the other end of a loopback connection: Linux lists every socket with the uid
 * that opened it in /proc/net/tcp and tcp6 (proc_pid_net(5)),
 *
 *   sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
 *    1: 0100007F:9C40 0100007F:09DD 01 00000000:00000000 00:00000000 00000000 1000       0 84301 ...
 *
 * addresses in words of the machine's byte order. A socket that its process has closed has inode 0
 * and says uid 0, which is nobody's. Unknown is an answer, never an error.
 */
import fs from 'node:fs';
import os from 'node:os';

export interface Endpoint {
  /** As node tells it: `127.0.0.1`, `::1`, `::ffff:127.0.0.1`. */
  readonly address: string;
  readonly port: number;
}

export interface Ends {
  readonly client: Endpoint;
  readonly server: Endpoint;
}

export type PeerOwner = { readonly kind: 'uid'; readonly uid: number } | { readonly kind: 'unknown' };

const UNKNOWN: PeerOwner = { kind: 'unknown' };
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];

/** `tables`: where to look; the tests have their own. */
export async function findPeerOwner(ends: Ends, tables: readonly string[] = TABLES): Promise<PeerOwner> {
  let owner = await lookUp(ends, tables);
  // A table that changes while it is read may leave out a line.
  if (owner.kind === 'unknown') owner = await lookUp(ends, tables);
  if (owner.kind === 'unknown') return owner;
  // Had our end been cut off meanwhile, the port could have been somebody else's at the time of that look.
  const ours = await lookUp({ client: ends.server, server: ends.client }, tables);
  return ours.kind === 'uid' ? owner : UNKNOWN;
}

async function lookUp(ends: Ends, tables: readonly string[]): Promise<PeerOwner> {
  for (const table of tables) {
    // There are systems without, and without IPv6.
    const text = await fs.promises.readFile(table, 'latin1').catch(() => '');
    const owner = ownerIn(text, ends);
    if (owner.kind === 'uid') return owner;
  }
  return UNKNOWN;
}

/** The client's socket is the one whose local address is the client's. Pure. */
export function ownerIn(table: string, { client, server }: Ends, endianness = os.endianness()): PeerOwner {
  for (const pair of pairsOf(client, server, endianness)) {
    for (let at = table.indexOf(` ${pair} `); at >= 0; at = table.indexOf(` ${pair} `, at + 1)) {
      const [line = ''] = table.slice(at, at + 300).split('\n', 1);
      const [, , , , , , uid = '', , inode = '0'] = line.trim().split(/\s+/);
      if (inode !== '0' && /^\d+$/.test(uid)) return { kind: 'uid', uid: Number(uid) };
    }
  }
  return UNKNOWN;
}

/** A program may have opened an IPv6 socket for an IPv4 address; then tcp6 lists it as mapped. */
function pairsOf(client: Endpoint, server: Endpoint, endianness: 'BE' | 'LE'): string[] {
  const from = formsOf(client.address, endianness);
  const to = formsOf(server.address, endianness);
  const port = (end: Endpoint): string => end.port.toString(16).toUpperCase().padStart(4, '0');
  return from.flatMap((address, form) => {
    const other = to[form];
    return other === undefined ? [] : [`${address}:${port(client)} ${other}:${port(server)}`];
  });
}

/** Loopback addresses only. */
function formsOf(address: string, endianness: 'BE' | 'LE'): string[] {
  const word = (bytes: readonly number[]): string =>
    Buffer.from(endianness === 'LE' ? bytes.toReversed() : bytes)
      .toString('hex')
      .toUpperCase();
  const zero = '00000000';
  if (address === '::1') return [zero + zero + zero + word([0, 0, 0, 1])];
  const [, dotted] = /^(?:::ffff:)?(127(?:\.\d{1,3}){3})$/i.exec(address) ?? [];
  if (dotted === undefined) return [];
  const plain = word(dotted.split('.').map(Number));
  return [plain, zero + zero + word([0, 0, 0xff, 0xff]) + plain];
}
