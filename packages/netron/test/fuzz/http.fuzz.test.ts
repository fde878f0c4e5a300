/**
 * A1, A11 over HTTP: requests with changes, as bytes on sockets and as bodies of each form. Seeded; `FUZZ_RUNS` bodies (default
 * 4,000) and a tenth as many connections, `FUZZ_SEED` for another start.
 */
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { httpHandler } from '../../src/http/index.js';
import { writeMessagePack } from '../../src/http/messagepack.js';
import { defineService, Safe, withAnnotations } from '../../src/index.js';
import { Watch } from '../hostile/attacked.js';
import { eventually } from '../http/eventually.js';
import { serve } from '../http/server.js';
import { mutated, oneOf, randomFrom } from './link-packets.js';

const runs = Number(process.env.FUZZ_RUNS ?? 4_000);
const seed = Number(process.env.FUZZ_SEED ?? 1);

const target = defineService({
  name: 'target@1.0.0',
  methods: {
    echo: (...values: unknown[]) => values,
    read: withAnnotations((value: unknown) => value, Safe()),
    async *items(...values: unknown[]) {
      yield* values;
    },
    store: async (...values: unknown[]) => {
      let bytes = 0;
      for (const value of values)
        if (value instanceof Blob)
          for await (const chunk of value.stream() as unknown as AsyncIterable<Uint8Array>) bytes += chunk.length;
      return bytes;
    },
  },
});

const value = { at: new Date(7), big: 2n ** 70n, map: new Map([['a', new Set([1])]]), bytes: Uint8Array.of(1, 2), text: 'x' };
const text = (content: string) => new TextEncoder().encode(content);
const rich =
  '{"v":[{"at":"1970-01-01T00:00:00.007Z","big":"7","map":[["a",[1]]],"bytes":"AQI="}],"t":[["d",0,"at"],["i",0,"big"],["s",0,"map",0,1],["m",0,"map"],["x",0,"bytes"]]}';

/** Requests that are right: path, media type, body. */
const requests: readonly (readonly [string, string, Uint8Array])[] = [
  ['/target/echo', 'application/json', text('[{"a":[1,2.5,null,true,"b"]},"c"]')],
  ['/target/echo', 'application/netron+json', text(rich)],
  ['/target/echo', 'application/netron+msgpack', writeMessagePack([value])],
  ['/target/items', 'application/netron+msgpack', writeMessagePack([value, 1])],
  [
    '/target/store',
    'application/netron+upload',
    text('{"v":[null,1],"parts":[{"at":0,"blob":{"size":5,"type":"text/plain"}}]}\nhello'),
  ],
  [
    '/$batch',
    'application/json',
    text(
      '[{"id":1,"service":"target","method":"echo","args":[1]},{"id":2,"service":"target","method":"read","args":[2],"key":"k"}]',
    ),
  ],
  ['/$cancel', 'application/json', text('["name",1,2]')],
  ['/$events', 'application/json', text('["a~abcdef.abcdefghijklmnop"]')],
];

describe('changed requests', () => {
  it(`A1: ${runs} bodies: each is answered, by a result or by what was wrong with it`, { timeout: 0 }, async () => {
    const random = randomFrom(seed);
    using watch = new Watch();
    const served = await serve([target]);
    const handler = httpHandler(served.node);
    for (let run = 0; run < runs; run += 1) {
      const [path, type, body] = oneOf(random, requests);
      const sent = mutated(random, body);
      const accept = oneOf(random, [
        '*/*',
        'application/netron+json',
        'application/netron+msgpack',
        'application/netron+jsonl',
        'application/octet-stream',
      ]);
      const asked = new Request(`http://a/netron${path}`, {
        method: 'POST',
        body: sent as BodyInit,
        headers: { 'content-type': type, accept },
      });
      const response = await handler.fetch(asked);
      const what = `run ${run}: ${path} ${type} ${Buffer.from(sent).toString('base64')}`;
      expect([response.status < 500, what]).toEqual([true, what]);
      if (response.status < 400) await response.body?.cancel();
      else expect([typeof ((await response.json()) as { code: string }).code, what]).toEqual(['string', what]);
    }
    expect(await (await served.post('/target/echo', [1])).json()).toEqual([1]);
    expect(watch.uncaught).toEqual([]);
    await served.close();
  });

  it(`A1: ${runs / 10} requests as bytes: each connection is answered or closed, others are served`, { timeout: 0 }, async () => {
    const random = randomFrom(seed);
    using watch = new Watch();
    const served = await serve([target]);
    const whole = requests.map(([path, type, body]) => {
      const head = `POST /netron${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nAccept: */*\r\nContent-Length: ${body.length}\r\n\r\n`;
      return Buffer.concat([text(head), body]);
    });
    const statuses = new Set<number>();
    const attack = () =>
      new Promise<void>((resolve) => {
        const socket = connect(served.port, '127.0.0.1');
        let answer = '';
        socket.on('data', (chunk) => {
          answer += chunk.toString('latin1');
        });
        socket.on('error', () => {});
        socket.on('close', () => {
          // A changed request can pass a file to `echo`, which cannot return it.
          const own = answer.includes('"detail":"result');
          for (const [, status] of answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)) if (!own) statuses.add(Number(status));
          resolve();
        });
        socket.end(Buffer.concat([mutated(random, oneOf(random, whole)), ...(random(3) === 0 ? [oneOf(random, whole)] : [])]));
      });
    for (let run = 0; run < runs / 10; run += 20) await Promise.all(Array.from({ length: 20 }, attack));
    expect([...statuses].filter((status) => status >= 500)).toEqual([]);
    expect(statuses.has(200) && statuses.has(400)).toBe(true);
    expect(await (await served.post('/target/echo', [1])).json()).toEqual([1]);
    await eventually(
      () =>
        new Promise<void>((resolve, reject) =>
          served.server.getConnections((_, open) => (open <= 2 ? resolve() : reject(new Error(`${open} open`)))),
        ),
    );
    expect(watch.uncaught).toEqual([]);
    await served.close();
  });
});
