/** B5: four peers ask for 64 MiB each and read nothing. argv: `many` messages, or `one`. */
import { setTimeout as wait } from 'node:timers/promises';
import { defineService, Netron, type RemotePeer } from '../../../src/index.js';
import { writeCall } from '../../../src/wire/packets.js';
import { VirtualClock } from '../../integration/virtual-clock.js';
import { message, Stranger, visit } from '../stranger.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const calls = 1_024;
let answered = 0;
const answer = Buffer.alloc(64 * 1024, 1);
const giver = defineService({
  name: 'giver@1.0.0',
  methods: {
    give: () => {
      answered += 1;
      return Buffer.from(answer);
    },
    add: (a: number, b: number) => a + b,
  },
});
const clock = new VirtualClock();
const server = await Netron.create({ clock, logger: quiet, stopTimeout: 0, transports: { tcp: { port: 0 } } });
await server.peer.exposeService(giver);
const friend = await Netron.create({ logger: quiet, stopTimeout: 0 });
const peer = await friend.connect(server.addresses[0] as string);
const service = await peer.queryInterface<typeof giver>('giver');
const strangers: Stranger[] = [];
const handles: number[] = [];
for (let number = 0; number < 4; number += 1) {
  const stranger = await visit(server);
  handles.push(await stranger.query('giver'));
  stranger.connection.pause();
  strangers.push(stranger);
}
// What the runtime takes once, for 4 MiB of answers, is no growth.
for (let warm = 0; warm < 64; warm += 1) await service.give();
answered = 0;
global.gc?.();
const before = process.memoryUsage().rss;
let highest = 0;
const timer = setInterval(() => {
  highest = Math.max(highest, process.memoryUsage().rss - before);
}, 5);
strangers.forEach((stranger, number) => {
  const write = (id: number) => (to: Parameters<typeof writeCall>[0]) =>
    writeCall(to, 1_000 + id, handles[number] as number, 0, 0, undefined, []);
  const ids = Array.from({ length: calls }, (_, id) => id);
  if (process.argv[2] === 'one') stranger.send(message(...ids.map(write)));
  else for (const id of ids) stranger.send(message(write(id)));
});
let slowest = 0;
// Until the server does nothing for them any more.
for (let same = 0, seen = 0; same < 100; ) {
  const start = performance.now();
  await service.add(1, 2);
  slowest = Math.max(slowest, performance.now() - start);
  await wait(1);
  same = answered === seen && answered > 0 ? same + 1 : 0;
  seen = answered;
}
clearInterval(timer);
const unsent = Math.max(...[...server.peers.values()].map((each: RemotePeer) => each.link?.outbox.pending ?? 0));
const peersBefore = server.peers.size;
for (let second = 0; second < 13; second += 1) await clock.advance(1_000);
const peersAfter = server.peers.size;
for (const stranger of strangers) stranger.leave();
console.log(
  JSON.stringify({ rss: highest / 2 ** 20, unsent: unsent / 2 ** 20, answered: answered / 4, slowest, peersBefore, peersAfter }),
);
process.exit(0);
