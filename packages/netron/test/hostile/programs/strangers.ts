/** B1: what a node keeps for those who have not said who they are: each has sent all but the last byte of the largest first message there is. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Netron } from '../../../src/index.js';
import { VirtualClock } from '../../integration/virtual-clock.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const most = 64 * 1024;

/** All but the last byte of a message of 64 KiB, over TCP or, once the upgrade is answered, as a WebSocket frame. */
async function visit(transport: string, port: number): Promise<Socket> {
  const socket = createConnection(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  const header = Buffer.alloc(transport === 'tcp' ? 4 : 14);
  if (transport === 'tcp') header.writeUInt32BE(most);
  else {
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    const lines = ['GET / HTTP/1.1', 'Host: a', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
    socket.write(`${lines.join('\r\n')}\r\nSec-WebSocket-Key: ${key}\r\n\r\n`);
    await once(socket, 'data');
    header[0] = 0x82;
    header[1] = 0xff;
    header.writeBigUInt64BE(BigInt(most), 2);
  }
  await new Promise((resolve) => socket.write(Buffer.concat([header, Buffer.alloc(most - 1)]), resolve));
  return socket;
}

async function attack(transport: string, port: number, count: number): Promise<void> {
  const sockets: Socket[] = [];
  for (let made = 0; made < count; made += 1) sockets.push(await visit(transport, port));
  process.on('disconnect', () => process.exit());
  process.send?.(sockets.length);
}

async function settle(): Promise<{ readonly resident: number; readonly buffers: number }> {
  for (let round = 0; round < 5; round += 1) {
    await wait(20);
    global.gc?.();
  }
  const { rss, arrayBuffers } = process.memoryUsage();
  return { resident: rss, buffers: arrayBuffers };
}

/** Comes, stays until it is sent away, and has done nothing but this. */
async function crowd(transport: string, port: number, count: number): Promise<ChildProcess> {
  const child = fork(fileURLToPath(import.meta.url), ['attack', transport, String(port), String(count)]);
  await once(child, 'message');
  return child;
}

async function lead(transport: string, count: number): Promise<void> {
  // Their time never comes to an end.
  const clock = new VirtualClock();
  const node = await Netron.create({ clock, logger: quiet, stopTimeout: 0, transports: { [transport]: { port: 0 } } });
  const port = Number(new URL(node.addresses[0] as string).port);
  // What the runtime takes for itself when the first come.
  const first = await crowd(transport, port, 50);
  const before = await settle();
  const others = await crowd(transport, port, count);
  const after = await settle();
  const each = (of: 'resident' | 'buffers'): number => (after[of] - before[of]) / 1_024 / count;
  console.log(JSON.stringify({ kib: each('resident'), buffers: each('buffers'), peers: node.peers.size }));
  for (const child of [first, others]) child.kill('SIGKILL');
  process.exit();
}

const [role, ...rest] = process.argv.slice(2) as [string, ...string[]];
if (role === 'attack') await attack(rest[0] as string, Number(rest[1]), Number(rest[2]));
else await lead(role, Number(rest[0] ?? 500));
