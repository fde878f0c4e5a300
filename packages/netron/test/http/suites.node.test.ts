/** The suites of hostile peers over HTTP: errors, noise, abandoned streams. Names and shapes have files of their own. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpHandler } from '../../src/http/index.js';
import { defineService, type NetronOptions } from '../../src/index.js';
import { VirtualClock } from '../../src/testing/virtual-clock.js';
import { randomFrom } from '../fuzz/link-packets.js';
import { Log, Watch } from '../hostile/attacked.js';
import { expectNothingIn, path, secret, thrown } from '../hostile/thrown.js';
import { eventually } from './eventually.js';
import { type Served, serve } from './server.js';
import { shop } from './services.js';

let watch: Watch;
const open: Served[] = [];
beforeEach(() => {
  watch = new Watch();
});
afterEach(async () => {
  for (const served of open.splice(0)) await served.close();
  expect(watch.uncaught).toEqual([]);
  watch[Symbol.dispose]();
});

async function start(services: readonly object[], options: NetronOptions = {}, clock?: VirtualClock): Promise<Served> {
  const served = await serve(services, clock && { clock }, { ...options, ...(clock && { clock }) });
  open.push(served);
  return served;
}

/** Everything of a reply that its client gets. */
async function textOf(response: Response): Promise<string> {
  return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
}

describe('A9: errors over HTTP', () => {
  it.each(['production', 'development', 'test'])(
    'of methods contain no stack, path or secret, with NODE_ENV %s',
    async (environment) => {
      const before = process.env.NODE_ENV;
      process.env.NODE_ENV = environment;
      try {
        const served = await start([defineService({ name: 'thrower@1.0.0', methods: thrown as Record<string, () => unknown> })]);
        for (const name of Object.keys(thrown)) {
          for (const accept of [
            'application/json',
            'application/netron+json',
            'text/event-stream, */*;q=0.5',
            'application/octet-stream',
          ])
            expectNothingIn(
              await textOf(await served.post(`/thrower/${name}`, [], { accept }).catch(() => new Response('cut'))),
              name,
            );
          const batch = await served.post('/$batch', [{ id: 1, service: 'thrower', method: name }]);
          expectNothingIn(await textOf(batch), `${name} in a batch`);
        }
      } finally {
        process.env.NODE_ENV = before;
      }
    },
  );

  it('of authentication and middleware contain no stack, path or secret', async () => {
    const fail = (): never => {
      throw new Error(`${secret} of ${path} is wrong`, { cause: new Error(secret) });
    };
    const served = await start([shop()], { authenticate: (given) => given === 'right' || fail(), logger: new Log() });
    for (const address of ['/shop/orders/echo', '/$batch', '/$events', '/$cancel'])
      expectNothingIn(await textOf(await served.post(address, [], { authorization: 'Bearer wrong' })), address);
    for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
      const refused = await served.post('/shop/orders/echo', [], headers);
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    }
    expect((await served.post('/shop/orders/echo', [], { authorization: 'Bearer right' })).status).toBe(200);
  });
});

it('B15: 2,000 random names of each kind cause at most 10 log lines and 2 reported method names', async () => {
  const log = new Log();
  const served = await start([shop()], { logger: log, logLevel: 'debug' });
  const told = new Set<string>();
  for (const event of ['rpc:start', 'rpc:end'] as const) {
    served.node.on(event, (data) => {
      const call = ('context' in data ? data.context : data) as { service: string; method: string };
      told.add(`${call.service}.${call.method}`);
    });
  }
  log.lines.length = 0;
  const random = randomFrom(5);
  const name = (): string => `made-up-${random(2 ** 30).toString(36)}`;
  const handler = httpHandler(served.node);
  const ask = (address: string, args: unknown, headers: Record<string, string> = {}): Promise<Response> => {
    const body = { method: 'POST', body: JSON.stringify(args), headers: { 'content-type': 'application/json', ...headers } };
    return handler.fetch(new Request(`http://a/netron${address}`, args === undefined ? {} : body));
  };
  const batch = () => Array.from({ length: 100 }, (_, id) => ({ id, service: name(), method: name(), key: name() }));
  const asking: readonly (readonly [number, () => Promise<Response>])[] = [
    [2_000, () => ask(`/${name()}/list`, [])],
    [2_000, () => ask(`/shop/orders/${name()}`, [])],
    [2_000, () => ask(`/$services/${name()}`, undefined)],
    [2_000, () => ask(`/$upload/${name()}`, [])],
    [2_000, () => ask('/shop/orders/nothing', [], { [name()]: name(), 'netron-contract': name(), traceparent: name() })],
    [2_000, () => ask('/$cancel', [name(), 1])],
    [20, () => ask('/$batch', batch())],
  ];
  for (const [times, once] of asking) for (let made = 0; made < times; made += 1) await (await once()).arrayBuffer();
  expect(log.lines.length).toBeLessThanOrEqual(10);
  expect(told.size).toBeLessThanOrEqual(2);
});

it('B7: 500 abandoned streams end their producers and leave no timer', async () => {
  const seen = { started: 0, ended: 0 };
  const numbers = defineService({
    name: 'numbers@1.0.0',
    methods: {
      // One item, and no other: not a generator, which could not be ended while it waits.
      count: () => {
        seen.started += 1;
        let given = false;
        const steps = {
          next() {
            if (given) return new Promise<never>(() => {});
            given = true;
            return Promise.resolve({ done: false, value: 1 });
          },
          async return() {
            seen.ended += 1;
            return { done: true, value: undefined };
          },
        };
        return { [Symbol.asyncIterator]: () => steps } as AsyncIterable<number>;
      },
    },
  });
  const clock = new VirtualClock();
  const served = await start([numbers], {}, clock);
  const before = clock.size;
  for (let done = 0; done < 500; done += 50) {
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const controller = new AbortController();
        const response = await served.ask('/numbers/count', { method: 'POST', signal: controller.signal });
        await response.body!.getReader().read();
        controller.abort();
      }),
    );
  }
  await eventually(() => expect(seen).toEqual({ started: 500, ended: 500 }));
  // The watch over bodies looks once more, and finds none.
  await clock.advance(1_000);
  expect(clock.size).toBe(before);
});
