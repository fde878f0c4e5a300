import { describe, expect, it } from 'vitest';
import {
  defineService,
  type Handler,
  Idempotent,
  MemoryTransport,
  type Middleware,
  Netron,
  withAnnotations,
} from '../../src/index.js';
import type { ServiceBinding } from '../../src/peer/binding.js';
import type { CallWatcher } from '../../src/peer/calls/call-sender.js';
import { OutgoingChain, unsettledPeer } from '../../src/peer/calls/outgoing-chain.js';
import { createNamedProxy } from '../../src/service/call/named-proxy.js';
import { type CallOptions, checkCallOptions } from '../../src/service/call/options.js';
import { type ProxyTarget, targetOf } from '../../src/service/call/proxy.js';
import type { Remote } from '../../src/service/call/remote.js';
import { membersOf } from '../../src/service/call/remote-members.js';
import { serviceStream } from '../../src/service/call/service-stream.js';
import type { ServiceDefinition } from '../../src/service/definition.js';
import { deferred } from '../../src/util/deferred.js';
import { failure, nodes, quiet, until } from './nodes.js';

const counter = (id: string) =>
  defineService({
    name: 'counter@1.0.0',
    methods: {
      where: () => id,
      add: withAnnotations((a: number, b: number) => a + b, Idempotent()),
      fail: () => {
        throw new RangeError(id);
      },
      async *count(to: number) {
        for (let number = 0; number < to; number += 1) yield number;
      },
      wait: () => new Promise(() => {}),
    },
    properties: { level: 3 },
    writable: ['level'],
  });
type Counter = ReturnType<typeof counter>;

/** Sends each call to the next of several bindings: what discovery and balancing do, in a few lines. */
class Rotating implements ProxyTarget {
  readonly stream = serviceStream;
  readonly #chain: OutgoingChain | undefined;
  readonly #found = deferred<readonly ServiceBinding[]>();
  readonly log: string[] = [];
  readonly watched: [string, unknown][] = [];
  definition: ServiceDefinition = { name: 'counter', version: '0.0.0', members: [] };
  #next = 0;

  constructor(chain: OutgoingChain | undefined) {
    this.#chain = chain;
  }

  find(bindings: readonly ServiceBinding[]): void {
    this.definition = (bindings[0] as ServiceBinding).definition;
    this.#found.resolve(bindings);
  }

  async known(): Promise<ServiceDefinition> {
    await this.#found.promise;
    return this.definition;
  }

  async invokeNamed(name: string, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    const { members } = await this.known();
    return this.invoke(
      members.findIndex((member) => member.name === name),
      args,
      options,
    );
  }

  invoke(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    const send = async (changed: unknown[], given: CallOptions | undefined, call: { peer: unknown }): Promise<unknown> => {
      const bindings = await this.#found.promise;
      const binding = bindings[this.#next++ % bindings.length] as ServiceBinding;
      call.peer = { id: `peer ${this.#next}`, identity: undefined };
      const watcher: CallWatcher = {
        parent: undefined,
        answered: (result) => this.watched.push(['answered', result]),
        failed: (error) => {
          this.watched.push(['failed', (error as { outcome?: unknown }).outcome]);
          return false;
        },
      };
      return binding.send(member, changed, given, watcher);
    };
    const info = membersOf(this.definition)[member];
    if (this.#chain === undefined || info === undefined) return send(args, options, { peer: unsettledPeer });
    return this.#chain.invoke(info, args, options, unsettledPeer, send as never);
  }

  on(): Promise<() => Promise<void>> {
    return Promise.reject(new Error('not here'));
  }

  reportError(error: unknown): void {
    this.log.push((error as Error).message);
  }

  dispose(): void {
    this.log.push('disposed');
  }
}

async function cluster(chain?: OutgoingChain) {
  const memory = new MemoryTransport();
  const additionalTransports = [memory];
  const servers = await Promise.all(
    ['a', 'b'].map(async (id) => {
      const node = await Netron.create({ id, logger: quiet, additionalTransports, transports: { memory: true } });
      await node.peer.exposeService(counter(id));
      return node;
    }),
  );
  const client = await Netron.create({ logger: quiet, additionalTransports });
  const target = new Rotating(chain);
  const proxy = createNamedProxy(target) as Remote<Counter>;
  const find = async () => {
    const peers = await Promise.all(servers.map((server) => client.connect(server.addresses[0] as string)));
    const proxies = await Promise.all(peers.map((peer) => peer.queryInterface<Counter>('counter')));
    target.find(proxies.map((each) => targetOf(each) as ServiceBinding));
    return peers;
  };
  const dispose = async (): Promise<void> => {
    await Promise.all([client, ...servers].map((node) => node.stop({ timeout: 0 })));
  };
  return { servers, target, proxy, find, [Symbol.asyncDispose]: dispose };
}

describe('a proxy that is made before its service is known', () => {
  it('calls methods, streams and properties by name as soon as a node serves them', async () => {
    await using made = await cluster();
    const { proxy, target, find } = made;
    const early = proxy.where();
    const level = proxy.level;
    await find();
    expect(await early).toBe('a');
    expect(await level).toBe(3);
    expect(await proxy.add(1, 2)).toBe(3);
    const items: number[] = [];
    for await (const item of proxy.count(3)) items.push(item);
    expect(items).toEqual([0, 1, 2]);
    (proxy as unknown as { level: number }).level = 7;
    (proxy as unknown as { none: number }).none = 7;
    await until(() => target.log.length > 0);
    expect(target.log).toEqual(["service 'counter@1.0.0' has no member 'none'"]);
    expect([await proxy.level, await proxy.level]).toContain(7);
  });

  it('is not a promise and makes no implicit calls', async () => {
    await using made = await cluster();
    await made.find();
    const { proxy, target } = made;
    expect((await Promise.resolve(proxy)) === proxy).toBe(true);
    expect(String(proxy)).toBe('[Remote service]');
    // A method that is handed on through a promise is not called by that.
    const where = (await Promise.resolve(proxy.where)) as () => Promise<string>;
    expect(target.watched).toEqual([]);
    expect(await where()).toBe('a');
    const reads = async () => (proxy as unknown as { nothing: Promise<unknown> }).nothing;
    expect(await failure(reads())).toMatchObject({ code: 'not_found' });
    (proxy as unknown as Disposable)[Symbol.dispose]();
    expect(target.log).toEqual(['disposed']);
  });
});

describe('the chain above the choice of a peer', () => {
  it('is composed once for each member, sees the chosen peer, and can call another', async () => {
    const composed: string[] = [];
    const seen: string[] = [];
    const retry: Middleware = (next, member) => {
      composed.push(`${member.name} ${member.annotation(Idempotent)}`);
      return async (call) => {
        try {
          return await next(call);
        } catch {
          seen.push(`failed at ${call.peer.id}`);
          return await next(call);
        } finally {
          seen.push(call.peer.id);
        }
      };
    };
    const time = { clock: { now: () => 0, setTimeout: () => 0, clearTimeout: () => {} }, deadlines: { size: 0 } } as never;
    await using made = await cluster(new OutgoingChain([retry], time));
    await made.find();
    const { proxy } = made;
    expect(await proxy.where()).toBe('a');
    expect(await proxy.where()).toBe('b');
    expect(await failure(proxy.fail())).toMatchObject({ message: 'b' });
    expect(seen).toEqual(['peer 1', 'peer 2', 'failed at peer 3', 'peer 4']);
    await proxy.add(1, 2);
    await proxy.add(1, 2);
    expect(composed).toEqual(['where undefined', 'fail undefined', 'add true']);
  });

  it('runs around the calls to all peers; a middleware that returns next costs nothing', async () => {
    const composed: string[] = [];
    let around = 0;
    const some: Middleware = (next: Handler, { name }) => {
      composed.push(name);
      if (name !== 'add') return next;
      return (call) => {
        around += 1;
        return next(call);
      };
    };
    await using pair = await nodes({ services: [counter('a')], client: { middleware: { outgoing: [some] } } });
    const again = await pair.client.connect(pair.address);
    for (const peer of [pair.peer, again]) {
      const remote = await peer.queryInterface<Counter>('counter');
      await remote.where();
      await remote.add(1, 2);
      await remote.add(1, 2);
    }
    expect(composed.sort()).toEqual(['add', 'where']);
    expect(around).toBe(4);
  });
});

describe('a watcher of one call', () => {
  it('is notified of its end once, before its promise settles', async () => {
    await using made = await cluster();
    const [peer] = await made.find();
    const binding = targetOf(await peer?.queryInterface('counter')) as ServiceBinding;
    const number = (name: string) => binding.definition.members.findIndex((member) => member.name === name);
    const told: unknown[] = [];
    const watcher: CallWatcher = {
      parent: undefined,
      answered: (result) => told.push(['answered', result]),
      failed: (error) => {
        told.push(['failed', (error as { outcome?: string }).outcome]);
        return false;
      },
    };
    const call = async (name: string, args: unknown[] = [], options?: CallOptions) => {
      if (options !== undefined) checkCallOptions(options);
      await binding.send(number(name), args, options, watcher).catch(() => {});
      return told.splice(0);
    };
    expect(await call('where')).toEqual([['answered', 'a']]);
    expect(await call('fail')).toEqual([['failed', 'ran']]);
    expect(await call('wait', [], { timeout: 20 })).toEqual([['failed', 'unknown']]);
    expect(await call('add', [Symbol('x'), 1])).toEqual([['failed', 'not_run']]);
    expect(await call('add', [1, 2], { signal: AbortSignal.abort() })).toEqual([['failed', 'not_run']]);
    const waits = call('wait');
    peer?.link?.connection.terminate();
    expect(await waits).toEqual([['failed', 'unknown']]);
    binding.dispose();
    binding.dispose();
    expect(await call('where')).toEqual([['failed', 'not_run']]);
  });
});
