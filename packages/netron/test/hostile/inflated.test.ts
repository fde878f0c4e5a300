/** A13: compressed messages are taken from whom that was agreed with, and never beyond the limit. */
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { deflate } from '../../src/compression/node/deflate.js';
import { Netron, type NetronOptions } from '../../src/index.js';
import { writeCall, writePing } from '../../src/wire/packets.js';
import { quiet } from '../integration/nodes.js';
import { everything } from './attacked.js';
import { greeting, message, Stranger, visit } from './stranger.js';

const MiB = 2 ** 20;

async function listening(options: NetronOptions = {}): Promise<Netron> {
  const node = await Netron.create({ logger: quiet, stopTimeout: 0, listenPort: 0, ...options });
  await node.peer.exposeService(everything());
  return node;
}

/** Kind 23: the length it is said to have, and a DEFLATE stream. */
function compressed(bytes: Uint8Array, length = bytes.length): Uint8Array {
  const varint: number[] = [];
  for (let left = length; ; left = Math.floor(left / 128)) {
    varint.push(left > 127 ? (left % 128) | 128 : left);
    if (left <= 127) break;
  }
  return Buffer.concat([Uint8Array.of(23, ...varint), deflateRawSync(bytes)]);
}

const ping = message((to) => writePing(to, 5));
const farewell = ({ heard }: Stranger): unknown => heard.find(({ kind }) => kind === 'goodbye')?.fields[0];

describe('A13: compression', () => {
  it('is neither offered nor accepted without a compressor', async () => {
    await using node = await listening();
    const stranger = await visit(node, { features: ['deflate'] });
    expect(stranger.heard[0]?.fields[1]).toMatchObject({ features: [] });
    stranger.send(compressed(ping));
    await stranger.end();
    expect(farewell(stranger)).toBe('invalid_argument');
  });

  it('is refused from a peer that did not offer it, and before the handshake', async () => {
    await using node = await listening({ compression: deflate() });
    const silent = await visit(node);
    silent.send(compressed(ping));
    await silent.end();
    expect(farewell(silent)).toBe('invalid_argument');
    const transport = node.transports.find(({ name }) => name === 'websocket');
    const early = new Stranger((await transport?.connect(node.addresses[0] as string)) as Stranger['connection']);
    early.send(compressed(message(greeting({ features: ['deflate'] }))));
    await early.end();
    expect(farewell(early)).toBe('invalid_argument');
    expect(node.peers.size).toBe(0);
  });

  it('is limited by the decompressed size', async () => {
    await using node = await listening({ compression: deflate() });
    const stranger = await visit(node, { features: ['deflate'], limits: { message: 4 * MiB } });
    stranger.send(compressed(ping));
    await stranger.until(() => stranger.heard.some(({ kind }) => kind === 'pong'));
    const own = await stranger.query('everything');
    const keep = Object.keys(everything()).indexOf('keep');
    const call = (size: number) => message((to) => writeCall(to, 70, own, keep, 0, undefined, [new Uint8Array(size)]));
    const most = MiB - (call(MiB / 2).length - MiB / 2);
    stranger.send(compressed(call(most)));
    expect((await stranger.answer(70)).kind).toBe('result');
    stranger.send(compressed(call(most + 1)));
    expect((await stranger.end())?.message).toContain('1009');
    expect(farewell(stranger)).toBe('resource_exhausted');
  });

  it.each([
    ['that declares its size', 64 * MiB],
    ['that declares a small size', 1_000],
    ['that declares the size of the limit', MiB],
  ])(
    'a decompression bomb of 64 MiB %s closes the connection with 1009, and at most the limit is decompressed',
    async (_what, announced) => {
      await using node = await listening({ compression: deflate() });
      const bomb = compressed(Buffer.alloc(64 * MiB), announced);
      expect(bomb.length).toBeLessThan(100_000);
      const stranger = await visit(node, { features: ['deflate'] });
      const before = process.memoryUsage().arrayBuffers;
      stranger.send(bomb);
      expect((await stranger.end())?.message).toContain('1009');
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * MiB);
      expect(farewell(stranger)).toBe('resource_exhausted');
    },
  );
});
