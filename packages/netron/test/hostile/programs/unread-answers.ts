/** B5: four peers ask for 64 MiB each and read nothing. argv: `later`, by a method that answers later, or `echo`, by requests as long. */
import { setTimeout as wait } from 'node:timers/promises';
import { defineService, Netron, type RemotePeer } from '../../../src/index.js';
import { writeCall } from '../../../src/wire/packets.js';
import { VirtualClock } from '../../integration/virtual-clock.js';
import { message, Stranger, visit } from '../stranger.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const calls = 1_024;
const echo = process.argv[2] === 'echo';
const answer = Buffer.alloc(64 * 1024, 1);
const giver = defineService({
  name: 'giver@1.0.0',
  methods: {
    later: async () => {
      await wait(1);
      return Buffer.from(answer);
    },
    echo: (bytes: Uint8Array) => bytes,
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
strangers.forEach((stranger, number) => {
  const write = (id: number) => (to: Parameters<typeof writeCall>[0]) =>
    writeCall(to, 1_000 + id, handles[number] as number, echo ? 1 : 0, 0, undefined, echo ? [answer] : []);
  const ids = Array.from({ length: calls }, (_, id) => id);
  for (const id of ids) stranger.send(message(write(id)));
});
// Until the server does nothing for them any more.
for (let same = 0, before = ''; same < 50; ) {
  await service.add(1, 2);
  await wait(1);
  const now = [...server.peers.values()].map(({ link }) => `${link?.incoming.kept} ${link?.outbox.pending}`).join();
  same = now === before ? same + 1 : 0;
  before = now;
}
const most = (of: (each: RemotePeer) => number | undefined) =>
  Math.max(...[...server.peers.values()].map((each) => of(each) ?? 0)) / 2 ** 20;
const kept = most((each) => each.link?.incoming.kept);
const unsent = most((each) => each.link?.outbox.pending);
const peersBefore = server.peers.size;
for (let second = 0; second < 13; second += 1) await clock.advance(1_000);
const peersAfter = server.peers.size;
for (const stranger of strangers) stranger.leave();
console.log(JSON.stringify({ unsent, kept, peersBefore, peersAfter }));
process.exit(0);
