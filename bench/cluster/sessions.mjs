/** Sessions: their cost, how soon calls go on after a connection is lost, and the heap of an idle session. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { defineService, Netron } from '@omnitron-dev/netron';
import { valueLine } from './report.mjs';
import { cpuMs, median, settledHeap } from './rounds.mjs';
import { sessionCost } from './session-cost.mjs';

const replayed = 1_048_576;
const parts = 64;
const idle = 1_000;

/** @type {import('./run.mjs').Part} */
export async function sessions({ rounds }) {
  /** @type {{ ms: number, cpu: number }[]} */
  const resumes = [];
  for (let round = 0; round <= rounds; round += 1) {
    const taken = await resume();
    if (round > 0) resumes.push(taken);
  }
  const ms = median(resumes.map((taken) => taken.ms));
  const cpu = median(resumes.map((taken) => taken.cpu));
  const [without, having] = [await idleHeap(false), await idleHeap(true)];
  const kib = (having - without) / 1_024;
  return [
    ...(await sessionCost({ rounds })),
    valueLine(
      'resume with 1 MiB to replay',
      `${ms.toFixed(1)} ms (${cpu.toFixed(1)} ms of CPU time, both ends)`,
      '< 50 ms',
      ms < 50,
    ),
    valueLine('idle session, heap of the server', `${kib.toFixed(2)} KiB`, '≤ 1 KiB', kib <= 1),
  ];
}

/**
 * Loses 1 MiB of calls with their connection. Returns the milliseconds from when the next one is made to the last of their answers, by
 * the clock and of the CPU time of this process, which has both ends and the line between them:
 * before that the client waits up to a second, at random, so that those of a lost server do not all come back at once.
 */
async function resume() {
  const server = await Netron.create({ transports: { tcp: { port: 0 } } });
  await server.peer.exposeService(
    defineService({ name: 'sink@1.0.0', methods: { take: (/** @type {Uint8Array} */ bytes) => bytes.length } }),
  );
  const line = await faultyLine(Number(new URL(server.addresses[0] ?? '').port));
  const client = await Netron.create();
  const peer = await client.connect(`tcp://127.0.0.1:${line.port}`, { session: { buffer: 4 * replayed } });
  const sink = /** @type {{ take(bytes: Uint8Array): Promise<number> }} */ (await peer.queryInterface('sink'));
  const bytes = new Uint8Array(replayed / parts);
  await sink.take(bytes);
  line.swallow();
  const answers = Array.from({ length: parts }, () => sink.take(bytes));
  while (line.swallowed < replayed) await new Promise((resolve) => setImmediate(resolve));
  line.cut();
  await Promise.all(answers);
  const [ms, cpu] = [performance.now() - line.accepted, cpuMs() - line.acceptedCpu];
  await client.stop({ timeout: 0 });
  await server.stop({ timeout: 0 });
  line.close();
  return { ms, cpu };
}

/** A line to a port which can lose what is sent. @param {number} to */
async function faultyLine(to) {
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  let losing = false;
  let swallowed = 0;
  let accepted = 0;
  let acceptedCpu = 0;
  const server = createServer((near) => {
    accepted = performance.now();
    acceptedCpu = cpuMs();
    const far = connect(to, '127.0.0.1');
    for (const [one, other] of /** @type {const} */ ([
      [near, far],
      [far, near],
    ])) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => other.destroy());
      one.on('data', (data) => {
        if (losing && one === near) swallowed += data.length;
        else other.write(data);
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: /** @type {import('node:net').AddressInfo} */ (server.address()).port,
    get swallowed() {
      return swallowed;
    },
    /** Time of the last connection. */
    get accepted() {
      return accepted;
    },
    /** CPU time that this process had used by then. */
    get acceptedCpu() {
      return acceptedCpu;
    },
    swallow() {
      losing = true;
    },
    cut() {
      losing = false;
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    close() {
      server.close();
    },
  };
}

/** Bytes of the server's heap for each of many idle connections. @param {boolean} session */
async function idleHeap(session) {
  const server = await Netron.create({ transports: { tcp: { port: 0 } } });
  const child = fork(new URL('idle.mjs', import.meta.url), [server.addresses[0] ?? '', `${session}`]);
  /** @param {number} count */
  const open = async (count) => {
    child.send(count);
    await once(child, 'message');
    return settledHeap();
  };
  // The first bring code and pools into memory.
  const before = await open(idle / 2);
  const after = await open(idle);
  child.disconnect();
  await server.stop({ timeout: 0 });
  return (after - before) / idle;
}
