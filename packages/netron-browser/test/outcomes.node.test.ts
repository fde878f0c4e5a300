/** An error of a call is the same, with the same outcome, over HTTP and over connections. */
import { defineService, Netron, NetronError, NotFoundError, outcomeOf, Safe, withAnnotations } from '@omnitron-dev/netron';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  CircuitOpenError,
  HttpRemotePeer,
  NotFoundError as ImportedByPage,
  PermissionDeniedError,
  SkewError,
  UnauthenticatedError,
  ValidationError,
  withOptions,
} from '../src/index.js';

const thrown: Record<string, () => unknown> = {
  named: () => new NotFoundError('no user 7'),
  coded: () => new NetronError('unavailable', 'later', { retryAfterMs: 5 }),
  typeError: () => new TypeError('t'),
  own: () => Object.assign(new Error('c'), { code: 'OUT_OF_STOCK' }),
  text: () => 'text',
  nothing: () => null,
  unsaid: () => undefined,
};

let arrived = () => {};
const shop = defineService({
  name: 'shop@1.0.0',
  methods: {
    fail: (name: string) => {
      throw thrown[name]?.();
    },
    read: withAnnotations((name: string) => {
      throw thrown[name]?.();
    }, Safe()),
    refused: () => 'never',
    never: () => {
      arrived();
      return new Promise<string>(() => {});
    },
  },
  middleware: [
    (next) => (call) => {
      if (call.method === 'refused') throw new NetronError('resource_exhausted', 'too many');
      return next(call);
    },
  ],
});

let node: Netron;
let other: Netron;
let url: string;
beforeAll(async () => {
  node = await Netron.create({ http: true, listenPort: 0, logLevel: 'silent', stopTimeout: 0 });
  await node.peer.exposeService(shop);
  other = await Netron.create({ logLevel: 'silent' });
  url = `http://127.0.0.1:${node.listenPort}`;
});
afterAll(async () => {
  await other.stop();
  await node.stop();
});

/** The parts of an error that a page may see. */
function told(error: unknown): unknown {
  const { name, code, message, retryAfterMs } = error as NetronError;
  return { name, code, message, retryAfterMs, outcome: outcomeOf(error) };
}
const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => expect.unreachable(),
    (error: unknown) => told(error),
  );

it('named errors are instances of the exported error classes', async () => {
  await using page = new HttpRemotePeer(url);
  const { fail } = await page.queryInterface<typeof shop>('shop');
  const error: unknown = await fail('named').catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ImportedByPage);
  const others = [CircuitOpenError, PermissionDeniedError, SkewError, UnauthenticatedError, ValidationError];
  expect(others.map((other) => error instanceof other)).toEqual(others.map(() => false));
});

it.each(Object.keys(thrown))('errors of a method are the same for a call, a read and a batch: %s', async (name) => {
  await using page = new HttpRemotePeer(url);
  await using together = new HttpRemotePeer(url, { batch: 10 });
  const connected = await (await other.connect(node.addresses[0] as string)).queryInterface<typeof shop>('shop');
  const expected = await failure(connected.fail(name));
  expect(expected).toMatchObject({ outcome: 'ran' });
  const alone = await page.queryInterface<typeof shop>('shop');
  expect(await failure(alone.fail(name))).toEqual(expected);
  expect(await failure(alone.read(name))).toEqual(expected);
  const both = await together.queryInterface<typeof shop>('shop');
  expect(await Promise.all([failure(both.fail(name)), failure(both.fail(name))])).toEqual([expected, expected]);
});

it('a refused call has outcome not_run; a lost or canceled call has outcome unknown', async () => {
  let lose = false;
  await using page = new HttpRemotePeer(url, {
    fetch: async (target, init) => {
      if (lose) throw new TypeError('the connection was lost');
      return fetch(target, init);
    },
  });
  const service = await page.queryInterface<typeof shop & { missing(): Promise<void> }>('shop');
  const outcome = async (call: Promise<unknown>) => ((await failure(call)) as { outcome: unknown }).outcome;
  expect(await outcome(service.refused())).toBe('not_run');
  expect(await outcome(service.missing())).toBe('not_run');

  const reached = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const leaving = new AbortController();
  const left = outcome(withOptions(service, { signal: leaving.signal }).never());
  await reached;
  leaving.abort();
  expect(await left).toBe('unknown');
  expect(await outcome(withOptions(service, { signal: AbortSignal.abort() }).never())).toBe('not_run');

  lose = true;
  expect(await outcome(service.fail('named'))).toBe('unknown');
  expect(await outcome(service.read('named'))).toBe('unknown');
  expect(await outcome(page.queryInterface('elsewhere').then((found) => (found as typeof service).refused()))).toBe('not_run');
});

it('the outcome is unknown when the method still runs when the server responds', async () => {
  // The server gives up long before the page does.
  const hasty: typeof fetch = (target, init) => fetch(target, { ...init, headers: { ...init?.headers, 'netron-timeout': '20' } });
  await using page = new HttpRemotePeer(url, { fetch: hasty });
  await using together = new HttpRemotePeer(url, { fetch: hasty, batch: 10 });
  const late = { code: 'deadline_exceeded', outcome: 'unknown' };
  expect(await failure((await page.queryInterface<typeof shop>('shop')).never())).toMatchObject(late);
  const both = await together.queryInterface<typeof shop>('shop');
  expect(await Promise.all([failure(both.never()), failure(both.never())])).toMatchObject([late, late]);
});
