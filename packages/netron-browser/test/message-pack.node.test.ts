import { defineService, Netron } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import { afterEach, describe, expect, test } from 'vitest';
import { HttpRemotePeer, messagePack } from '../src/index.js';

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const echo = defineService({ name: 'echo', methods: { back: (value: unknown) => value } });

type Values = Readonly<Record<string, unknown>>;

interface Echo {
  back(value: Values): Values;
}

interface Sent {
  readonly type: string | null;
  readonly body: unknown;
}

async function connected() {
  const node = await Netron.create({ logLevel: 'silent' });
  await node.peer.exposeService(echo);
  const { fetch } = httpHandler(node);
  const sent: Sent[] = [];
  const types: (string | null)[] = [];
  const peer = new HttpRemotePeer('http://a.example', {
    codec: messagePack,
    fetch: async (url, init) => {
      sent.push({ type: new Headers(init.headers).get('content-type'), body: init.body });
      const response = await fetch(new Request(url, init));
      types.push(response.headers.get('content-type'));
      return response;
    },
  });
  closing.push(
    () => peer.close(),
    () => node.stop(),
  );
  return { service: await peer.queryInterface<Echo>('echo'), sent, types };
}

describe('calls in MessagePack', () => {
  test('send and receive MessagePack for values of every type', async () => {
    const { service, sent, types } = await connected();
    const common = { name: 'Ada', at: new Date(5), bytes: new Uint8Array([1, 2]), none: undefined, list: [1, -0, Number.NaN] };
    const rare = { big: 5n, map: new Map([[1, new Set(['a'])]]), text: '\ud800', ints: new Int16Array([-1]) };
    const back = await service.back(common);
    expect({ ...back, bytes: new Uint8Array(back.bytes as Uint8Array) }).toEqual(common);
    expect(await service.back(rare)).toEqual(rare);
    expect(sent.slice(-2).map(({ type, body }) => [type, body instanceof Uint8Array])).toEqual([
      ['application/netron+msgpack', true],
      ['application/netron+msgpack', true],
    ]);
    expect(types.slice(-2)).toEqual(['application/netron+msgpack', 'application/netron+msgpack']);
  });

  test('reject arguments that cannot be serialized, and send nothing', async () => {
    const { service, sent } = await connected();
    const before = sent.length;
    await expect(service.back({ a: Symbol('x') })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('.a is a symbol'),
    });
    await expect(service.back({ a: new WeakMap() })).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(sent.length).toBe(before);
  });
});
