/**
 * C6: a server with WebSocket clients, in processes of their own, is killed; five seconds later another listens at its address. Times are
 * milliseconds since the epoch, which processes of one machine share.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Netron } from '../../../src/index.js';
import { WebSocketTransport } from '../../../src/transport/node/websocket.js';
import { watchLoop } from '../../soak/loop-watch.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const now = (): number => performance.timeOrigin + performance.now();
const outage = 5_000;

/** What the processes tell each other. */
interface Told {
  /** Where the server listens, and since when. */
  readonly port?: number;
  readonly at?: number;
  readonly connected?: number;
  readonly report?: Report;
}

interface Report {
  readonly loop: number;
  /** When each client tried to connect again, and when it was connected. */
  readonly tries: readonly (readonly number[])[];
  readonly back: readonly number[];
}

class WatchedTransport extends WebSocketTransport {
  readonly tries: number[] = [];

  override connect(...given: Parameters<WebSocketTransport['connect']>): ReturnType<WebSocketTransport['connect']> {
    this.tries.push(now());
    return super.connect(...given);
  }
}

const tell = (told: Told): void => {
  process.send?.(told);
};

/** Listens as soon as it is told where. */
async function serve(): Promise<void> {
  const [port] = (await once(process, 'message')) as [number];
  const stop = watchLoop();
  const node = await Netron.create({ logger: quiet, listenPort: port });
  tell({ port: node.listenPort, at: now() });
  await once(process, 'message');
  tell({ report: { loop: stop(), tries: [], back: [] } });
}

async function connect(count: number): Promise<void> {
  const [port] = (await once(process, 'message')) as [number];
  const transports: WatchedTransport[] = [];
  const back: number[] = [];
  for (let made = 0; made < count; made += 1) {
    const transport = new WatchedTransport();
    const node = await Netron.create({ logger: quiet, additionalTransports: [transport] });
    await node.connect(`ws://127.0.0.1:${port}`);
    transport.tries.length = 0;
    transports.push(transport);
    node.on('peer:connected', () => back.push(now()));
  }
  const stop = watchLoop();
  tell({ connected: count });
  await once(process, 'message');
  tell({ report: { loop: stop(), tries: transports.map(({ tries }) => tries), back } });
}

/** The next thing a process tells. */
async function heard(child: ChildProcess): Promise<Told> {
  const [told] = (await once(child, 'message')) as [Told];
  return told;
}

async function ask(child: ChildProcess, question: number): Promise<Told> {
  const answer = heard(child);
  child.send(question);
  return answer;
}

async function lead(count: number): Promise<void> {
  const start = (...args: string[]): ChildProcess => fork(fileURLToPath(import.meta.url), args);
  const [first, second, ...clients] = [
    start('serve'),
    start('serve'),
    start('connect', `${count / 2}`),
    start('connect', `${count / 2}`),
  ];
  const { port } = (await ask(first, 0)) as { port: number };
  await Promise.all(clients.map((child) => ask(child, port)));
  const lost = now();
  first.kill('SIGKILL');
  await wait(outage);
  const { at } = (await ask(second, port)) as { at: number };
  await wait(5_000);
  const server = (await ask(second, 0)).report as Report;
  const reports = await Promise.all(clients.map(async (child) => (await ask(child, 0)).report as Report));
  for (const child of [second, ...clients]) child.kill('SIGKILL');

  const tries = reports.flatMap((report) => report.tries);
  const begun = tries.map(([time]) => time).filter((time) => time !== undefined);
  const together = begun.map((from) => begun.filter((time) => time >= from && time < from + 100).length);
  const back = reports.flatMap((report) => report.back).filter((time) => time <= at + 5_000);
  console.log(
    JSON.stringify({
      clients: tries.length,
      tried: begun.length,
      firstTogether: Math.max(...together) / count,
      maxTries: Math.max(...tries.map((times) => times.filter((time) => time < lost + outage).length)),
      back: back.length / count,
      serverLoop: server.loop,
      clientLoop: Math.max(...reports.map(({ loop }) => loop)),
    }),
  );
}

const [role, count] = process.argv.slice(2);
process.on('disconnect', () => process.exit());
if (role === 'serve') await serve();
else if (role === 'connect') await connect(Number(count));
else await lead(Number(role ?? 1_000));
