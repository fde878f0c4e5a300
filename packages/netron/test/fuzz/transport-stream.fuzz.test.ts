import { describe, it } from 'vitest';
import { FrameReader } from '../../src/transport/node/framing.js';
import { TcpTransport } from '../../src/transport/node/tcp.js';
import { UnixSocketTransport } from '../../src/transport/node/unix.js';
import type { Transport } from '../../src/transport/transport.js';
import { Probe, pattern, sameBytes } from '../contract/probe.js';
import { freshPath } from '../contract/temporary.js';
import { Raw } from '../transport/raw.js';
import { attack } from './fuzz-server.js';
import { hostileBytes, numbers, runs, seed } from './transport-bytes.js';

function frame(random: (below: number) => number): Buffer {
  const body = pattern(1 + random(random(20) === 0 ? 5_000 : 40), random(256));
  const header = Buffer.alloc(4);
  header.writeUInt32BE(random(30) === 0 ? random(2 ** 32) : body.length, 0);
  return Buffer.concat([header, body]);
}

const timeout = 60_000 + runs;

describe.each([
  ['tcp', new TcpTransport() as Transport],
  ['unix', new UnixSocketTransport() as Transport],
])('A1: hostile bytes over %s', (name, transport) => {
  it('are answered with a close or ignored', { timeout }, async () => {
    const server = await transport.listen(name === 'unix' ? freshPath() : 0);
    const random = numbers(seed);
    await attack({
      server,
      runs,
      open: async () => new Raw(name === 'unix' ? server.address.slice('unix:'.length) : Number(new URL(server.address).port)),
      input: () => hostileBytes(random, frame),
      async stillWorks(message) {
        const connection = await transport.connect(server.address);
        const probe = new Probe();
        connection.start(probe);
        connection.send(message);
        await probe.take(1);
        connection.terminate();
      },
    });
    await server.close();
  });
});

describe('frames in pieces', () => {
  it('arrive as the same messages, cut at any byte', { timeout }, () => {
    const random = numbers(seed);
    for (let run = 0; run < runs; run++) {
      const sent = Array.from({ length: 1 + random(5) }, () => pattern(1 + random(300), random(256)));
      const header = Buffer.alloc(4);
      const bytes = Buffer.concat(
        sent.flatMap((message) => {
          header.writeUInt32BE(message.length, 0);
          return [Buffer.from(header), message];
        }),
      );
      const reader = new FrameReader(300);
      const got: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; ) {
        const end = at + 1 + random(40);
        reader.add(bytes.subarray(at, end));
        for (let message = reader.next(); message !== undefined; message = reader.next()) got.push(message);
        at = end;
      }
      if (got.length !== sent.length || !got.every((message, i) => sameBytes(message, sent[i] as Uint8Array))) {
        throw new Error(`run ${run} of seed ${seed}`);
      }
      if (!reader.between) throw new Error('not between two messages');
    }
  });
});
