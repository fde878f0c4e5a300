/** Answers that cost their sender nothing to ask for: refusals, and word of packets that were skipped. */
import { describe, expect, it } from 'vitest';
import { Netron, type RemotePeer } from '../../src/index.js';
import { kinds } from '../../src/wire/packet-kinds.js';
import { writeCall } from '../../src/wire/packets.js';
import type { Writer } from '../../src/wire/writer.js';
import { quiet, settled } from '../integration/nodes.js';
import { VirtualClock } from '../integration/virtual-clock.js';
import { message, visit } from './stranger.js';

const asks: Record<string, (to: Writer) => void> = {
  'calls of unknown members': (to) => writeCall(to, 1, 999, 0, 0, undefined, []),
  'packets of unknown kinds': (to) => {
    to.u8(kinds.unknown + 1);
    to.varint(0);
  },
};

describe.each(Object.entries(asks))('B5: unread answers to %s', (_what, ask) => {
  it('are limited: reading stops, and the connection closes after 10 s', async () => {
    const clock = new VirtualClock();
    await using server = await Netron.create({ clock, logger: quiet, stopTimeout: 0, transports: { tcp: { port: 0 } } });
    const stranger = await visit(server);
    stranger.connection.pause();
    const [back] = [...server.peers.values()] as [RemotePeer];
    const flood = message(...Array.from({ length: 20_000 }, () => ask));
    let most = 0;
    // Until the server reads no more of it.
    for (let same = 0, before = 0; same < 5; before = most) {
      stranger.send(flood);
      await settled(1);
      most = Math.max(most, back.link?.outbox.pending ?? 0);
      same = most > 0 && most === before ? same + 1 : 0;
    }
    expect(most).toBeLessThan(8 * 2 ** 20);
    for (let second = 0; second < 13; second += 1) await clock.advance(1_000);
    expect(server.peers.size).toBe(0);
    stranger.leave();
  });
});
