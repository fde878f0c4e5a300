/**
 * Options with a name that nobody knows: everything that takes options refuses them with the names there are, so that a limit, a guard
 * or a list of services that is misspelt is not one that is missing.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { middleware, reconnect, sessions, connect as toConnect, values } from '../../src/client.js';
import { deflate } from '../../src/compression/node/deflate.js';
import * as discovery from '../../src/discovery.js';
import { NetronHealthCheck } from '../../src/health.js';
import { httpHandler } from '../../src/http/index.js';
import {
  assertSendable,
  Cache,
  Contract,
  createAnnotation,
  createErrorCodec,
  Discovery,
  decodeMessage,
  defineService,
  EventBus,
  Http,
  idempotency,
  MemoryIdempotencyStore,
  MemoryTransport,
  Netron,
  type NetronOptions,
  Public,
  Service,
  ValueTypes,
  withOptions,
} from '../../src/index.js';
import * as resilience from '../../src/resilience.js';
import { simulate, VirtualClock } from '../../src/testing.js';
import { MessagePortTransport } from '../../src/transport/browser.js';
import {
  IpcTransport,
  NamedPipeTransport,
  TcpTransport,
  TlsTransport,
  UnixSocketTransport,
  WebSocketTransport,
} from '../../src/transport/node/index.js';
import { quiet } from './nodes.js';

/** No option of anything, and far from every name. */
const wrong = { zzzzzzzzzzzz: true };
/** Stands for options of any type. */
const unknown = wrong as never;

const service = defineService({ name: 'plain@1.0.0', methods: { one: () => 1 } });

/** Uses a node that has started. */
async function running(use: (node: Netron) => unknown, options: NetronOptions = {}): Promise<void> {
  await using node = await Netron.create({ logger: quiet, ...options });
  await use(node);
}

const create = (options: object) => () => Netron.create({ logger: quiet, ...options } as never);
const asService = (options: object) => () => running((node) => void node.service('plain', options as never));
const listening = (transport: string, place: object) => create({ transports: { [transport]: { ...place, ...wrong } } });

/** Uses of the options of each type that an entry exports; a text says why there is none. */
const uses: Readonly<Record<string, string | readonly (() => unknown)[]>> = {
  AdaptiveLimitOptions: [() => resilience.adaptiveLimit(unknown)],
  AnnotationOptions: [() => createAnnotation({ name: 'kind', ...wrong } as never)],
  BalancerOptions: [
    () => discovery.p2c(unknown),
    () => discovery.randomChoice(unknown),
    () => discovery.weighted(unknown),
    () => discovery.consistentHash(unknown),
    () => discovery.nearest(unknown),
    () => discovery.balancerOf('p2c', unknown),
  ],
  BreakerMiddlewareOptions: [() => resilience.breaker(unknown)],
  BreakerOptions: [
    asService({ breaker: wrong }),
    // An option of the middleware, which is said elsewhere here.
    asService({ breaker: { maxKeys: 5 } }),
    () => new resilience.NetronCircuitBreaker().enter('key', unknown),
  ],
  BulkheadMiddlewareOptions: [() => resilience.bulkhead(unknown)],
  BulkheadOptions: [asService({ bulkhead: wrong })],
  CacheRule: [() => Cache(unknown)],
  CallOptions: [
    () => running((node) => node.call('plain', 'one', [], unknown)),
    () => running((node) => node.peer.call('plain', 'one', [], unknown)),
    () =>
      running(async (node) => {
        await node.peer.exposeService(service);
        withOptions(await node.peer.queryInterface('plain'), unknown);
      }),
  ],
  CallingOptions: 'part of those of a client',
  ChannelConnectionOptions: 'made by transports, from options that they have checked',
  ClientOptions: [() => toConnect('memory:nobody', { transport: new MemoryTransport(), ...wrong } as never)],
  ConnectOptions: 'the base of those of transports',
  CorsOptions: [() => running((node) => httpHandler(node, { cors: unknown }))],
  DeflateOptions: [() => deflate(unknown)],
  DecodeOptions: [() => decodeMessage(new Uint8Array(), unknown)],
  DiscoveryNodeOptions: 'part of those of a node',
  DiscoveryOptions: [create({ discovery: { backend: [], ...wrong } }), create({ discovery: { backend: [], node: wrong } })],
  DnsDiscoveryOptions: [() => discovery.dnsDiscovery({ name: 'example.com', ...wrong } as never)],
  EmitOptions: [
    () => bus().emitParallel('a', 1, unknown),
    () => bus().emitSerial('a', 1, unknown),
    () => bus().emitReduce('a', 1, () => 1, 0, unknown),
    () => bus().emitReduceRight('a', 1, () => 1, 0, unknown),
  ],
  ErrorClassOptions: [() => createErrorCodec([[class Lost extends Error {}, unknown]])],
  EventBusOptions: [() => new EventBus({ clock: new VirtualClock(), onError: () => {}, ...wrong } as never)],
  EventsOptions: [() => running((node) => httpHandler(node, { events: unknown }))],
  FaultPlan: [() => simulate(async () => {}, { faults: unknown })],
  HealthCheckOptions: [
    asService({ healthCheck: wrong }),
    () => running((node) => new NetronHealthCheck(node, unknown)),
    () => running((node) => new NetronHealthCheck(node).add('disk', () => true, unknown)),
  ],
  HedgeMiddlewareOptions: [() => resilience.hedge({ after: 5, ...wrong } as never)],
  HedgeOptions: [asService({ hedge: { after: 5, ...wrong } }), asService({ hedge: { after: 5, idempotent: true } })],
  HttpListen: [create({ http: { port: 0, ...wrong } }), create({ transports: { http: { port: 0, ...wrong } } })],
  HttpOptions: [() => running((node) => httpHandler(node, unknown))],
  HttpRule: [() => Http(unknown)],
  IdempotencyOptions: [() => idempotency(unknown)],
  IpcOptions: [() => new IpcTransport().connect('ipc:', unknown), () => new IpcTransport().listen(undefined, unknown)],
  JoinOptions: [() => running((node) => node.rooms.join('room', 'ann', unknown), { events: {} })],
  JsonOptions: 'a codec: read for each value',
  KeyedBreakerOptions: [() => new resilience.NetronCircuitBreaker(unknown), () => new resilience.CircuitBreaker(unknown)],
  ListenOptions: 'the base of those of transports',
  LocalDiscoveryOptions: [() => discovery.localDiscovery(unknown)],
  MemberContract: [() => Contract(unknown)],
  MemoryIdempotencyOptions: [() => new MemoryIdempotencyStore(unknown)],
  MessagePackOptions: 'a codec: read for each value',
  MiddlewareOptions: [create({ middleware: wrong }), () => middleware(unknown).install({} as never)],
  NetronConnectOptions: [
    () => running((node) => node.connect('memory:nobody', unknown)),
    () => running((node) => node.connect('memory:nobody', { expect: { id: 'a', ...wrong } as never })),
  ],
  NetronErrorOptions: 'an error that is made for another one must not be in its place',
  NetronOptions: [create(wrong)],
  NodeEventsOptions: [create({ events: wrong })],
  OutlierOptions: [() => new discovery.Outliers(unknown), asService({ outliers: wrong })],
  PipeOptions: [() => new NamedPipeTransport().connect('a', unknown), () => new NamedPipeTransport().listen('a', unknown)],
  Policy: [asService({ methods: { one: wrong } })],
  PublicOptions: [() => Public(unknown)],
  PublishOptions: [() => bus().publish('a', 1, unknown)],
  ReconnectOptions: [() => reconnect(unknown)],
  RegistryConfig: [() => new discovery.RegistryDiscovery(() => discovery.staticDiscovery([]), quiet, unknown)],
  RetryMiddlewareOptions: [() => resilience.retry(unknown)],
  RetryOptions: [() => new resilience.RetryPolicy(unknown), asService({ retry: wrong })],
  SendableOptions: [() => assertSendable(1, unknown), () => assertSendable(1, { limits: unknown })],
  ServiceConnectOptions: [asService(wrong), () => running((node) => node.connect('plain', unknown))],
  ServiceOptions: [() => Service({ name: 'plain', ...wrong } as never)],
  SessionOptions: [create({ session: wrong }), () => sessions(unknown), asService({ session: wrong })],
  ShedOptions: [() => resilience.shed(unknown)],
  SimulateOptions: [() => simulate(async () => {}, unknown)],
  StoreBackendOptions: [() => discovery.storeBackend('mine', () => ({}) as never, unknown)],
  SubscribeOptions: [() => bus().subscribe('a', () => {}, unknown)],
  TaskOptions: [() => running((node) => node.addTask('a', () => 1, unknown))],
  TaskRegistryOptions: 'part of those of a node',
  TcpOptions: [() => new TcpTransport().connect('tcp://127.0.0.1:1', unknown), () => new TcpTransport().listen(0, unknown)],
  TlsOptions: [
    () => new TlsTransport().connect('tls://127.0.0.1:1', unknown),
    () => new TlsTransport().listen(0, unknown),
    () => new TlsTransport().listen(0, { tls: unknown }),
    () => new WebSocketTransport().connect('wss://127.0.0.1:1', { tls: unknown }),
  ],
  TransportListen: [
    listening('websocket', { port: 0 }),
    listening('tcp', { port: 0 }),
    listening('tls', { port: 0 }),
    listening('unix', { path: '/nowhere/socket' }),
    listening('pipe', { name: 'a' }),
    listening('ipc', {}),
    listening('memory', { name: 'a' }),
  ],
  TransportOptions: [
    () => new MemoryTransport().connect('memory:a', unknown),
    () => new MemoryTransport().listen('a', unknown),
    () => new MessagePortTransport().connect({ postMessage() {} }, unknown),
    () => new MessagePortTransport().listen(undefined, unknown),
  ],
  UnixSocketOptions: [
    () => new UnixSocketTransport().connect('unix:/nowhere', unknown),
    () => new UnixSocketTransport().listen('/nowhere/socket', unknown),
  ],
  ValueTypeOptions: [() => new ValueTypes().register(class Money {}, { name: 'money', ...wrong } as never)],
  ValuesOptions: [() => values(unknown)],
  WaitOptions: [
    () =>
      running((node) => node.discovery.waitForService('plain', unknown), {
        discovery: discovery.memoryDiscovery(new discovery.MemoryRegistry()),
      }),
  ],
  WebSocketOptions: [
    () => new WebSocketTransport().connect('ws://127.0.0.1:1', unknown),
    () => new WebSocketTransport().listen(0, unknown),
  ],
  WebSocketServerOptions: 'part of those of the transport',
  // Without a type of their own.
  'drain and stop': [() => running((node) => node.drain(unknown)), () => running((node) => node.stop(unknown))],
  exposeService: [() => running((node) => node.peer.exposeService(service, unknown))],
  'advice of a service': [() => Discovery(unknown)],
  'a node of a list': [() => discovery.staticDiscovery([{ address: 'ws://a:1', ...wrong } as never])],
  'parts of a service': [() => defineService({ name: 'a', methods: {}, ...wrong } as never)],
  'limits of a node': [create({ limits: wrong })],
  'a request of an edge': [
    () =>
      running((node) =>
        node.dispatch({ service: 'a', method: 'b', caller: { id: 'c', identity: undefined }, ...wrong } as never),
      ),
  ],
  'means of the part middleware': [() => middleware({}, unknown)],
};

function bus(): EventBus {
  return new EventBus({ clock: new VirtualClock(), onError: () => {} });
}

describe('an unknown option is refused by name', () => {
  const rows = Object.entries(uses).flatMap(([type, all]) =>
    typeof all === 'string' ? [] : all.map((use, index) => [`${type} ${index + 1}`, use] as const),
  );
  it.each(rows)('%s', async (_type, use) => {
    const error = await (async () => use())().then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(error?.message).toMatch(/'(?:zzzzzzzzzzzz|maxKeys|idempotent)'/);
  });

  it('each type of options that an entry exports is in this table', () => {
    const src = new URL('../../src/', import.meta.url);
    const entries = Object.values(JSON.parse(readFileSync(new URL('../package.json', src), 'utf8')).exports as object)
      .flatMap((entry) => [entry, ...Object.values(entry as object)])
      .map((entry: { '@omnitron-dev/source'?: string }) => entry['@omnitron-dev/source'])
      .filter((file) => file !== undefined);
    const texts = entries.map((file) => readFileSync(new URL(`../${file}`, src), 'utf8'));
    const exported = texts.flatMap((text) => [
      ...[...text.matchAll(/^export interface (\w+)/gm)].map(([, name]) => name),
      ...[...text.matchAll(/^export type \{([^}]*)\}/gm)].flatMap(([, list]) => list?.split(',')),
      ...[...text.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list]) =>
        list?.split(',').filter((name) => /^\s*type\s/.test(name)),
      ),
    ]);
    const names = exported.map((name) => /\w+$/.exec(name?.trim() ?? '')?.[0] ?? '');
    const options = names.filter((name) => /(?:Options|Config|Rule|Plan|\wListen|Contract)$|^Policy$/.test(name));
    const known = new Set(Object.keys(uses));
    expect(options.length).toBeGreaterThan(50);
    expect([...new Set(options)].filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('options of a listener', () => {
  it('that are nearly `services` do not open it to all of them', async () => {
    const listen = (options: object) =>
      Netron.create({ logger: quiet, transports: { tcp: { port: 0, ...options } } }).then(
        (node) => node.stop(),
        (error: Error) => error.message,
      );
    expect(await listen({ service: ['users'] })).toBe(
      "transports.tcp: unknown option 'service'; known: advertise, services, port, name, host, timeout, signal, clock, scheduler, maxMessage, maxConnections, maxConnectionsPerAddress",
    );
    expect(await listen({ services: 'users' })).toBe('transports.tcp.services must be an array of names, not a string');
    expect(await listen({ services: ['users'] })).toBe(undefined);
  });

  it('are refused when the node is prepared, before anything listens', () => {
    const prepare = () => Netron.prepare({ transports: { tcp: [{ port: 0 }, { prot: 0 }] } });
    expect(prepare).toThrow("transports.tcp: unknown option 'prot'");
  });

  it('of a transport of the program are those that it names', async () => {
    const made = (names: Readonly<Record<string, true>> | undefined) =>
      Object.assign(new MemoryTransport(), {
        name: 'mine',
        schemes: ['mine'],
        ...(names !== undefined && { optionNames: names }),
      });
    const seen: object[] = [];
    const transport = made({ color: true });
    transport.listen = async (_at, options = {}) => {
      seen.push(options);
      return new MemoryTransport().listen('a');
    };
    const transports = { mine: { name: 'a', services: ['users'], color: 'red' } };
    await using _node = await Netron.create({ logger: quiet, additionalTransports: [transport], transports });
    expect(seen).toEqual([expect.objectContaining({ color: 'red' })]);
    expect(Object.keys(seen[0] as object)).not.toContain('services');
    const without = { logger: quiet, additionalTransports: [made(undefined)], transports };
    expect(() => Netron.prepare(without)).toThrow("transports.mine: unknown option 'color'");
  });
});

it('a number in place of options is refused', async () => {
  await running(async (node) => {
    await expect(node.stop(5_000 as never)).rejects.toThrow('stop: options must be an object (timeout), not a number');
    await expect(node.drain(5_000 as never)).rejects.toThrow('drain: options must be an object (timeout), not a number');
    expect(node.state).toBe('ready');
  });
});

it.each<[string, (given: never) => unknown]>([
  ['retry', resilience.retry],
  ['breaker', resilience.breaker],
  ['breaker', (given) => new resilience.CircuitBreaker(given)],
  ['bulkhead', resilience.bulkhead],
  ['hedge', resilience.hedge],
  ['adaptiveLimit', resilience.adaptiveLimit],
  ['shed', resilience.shed],
  ['idempotency', idempotency],
  ['outliers', (given) => new discovery.Outliers(given)],
  ['reconnect', reconnect],
  ['session', sessions],
  ['p2c', discovery.p2c],
])('%s: what stands in the place of options is none that they are without', (where, use) => {
  for (const given of ['fast', '', [], null, false]) {
    if (where === 'session' && given === false) continue;
    expect(() => use(given as never)).toThrow(new RegExp(`^${where}: (?:options|consecutive) must be`));
  }
});

it('a service refuses them before its code is loaded', async () => {
  await running((node) => {
    const names: readonly [object, string][] = [
      [{ retrys: {} }, "service: unknown option 'retrys'; did you mean 'retry'?"],
      [{ methods: { get: { timout: 5 } } }, "methods.get: unknown option 'timout'; did you mean 'timeout'?"],
      [{ healthCheck: { intervall: 5 } }, "healthCheck: unknown option 'intervall'; did you mean 'interval'?"],
    ];
    for (const [options, message] of names) expect(() => node.service('users', options as never)).toThrow(new TypeError(message));
  });
});

it('a service refuses lists and collections in the place of options, and policies that are none', async () => {
  await running((node) => {
    for (const name of ['retry', 'hedge', 'breaker', 'bulkhead', 'healthCheck', 'outliers', 'session', 'methods', 'labels'])
      for (const value of [[], new Map([['one', { timeout: 5 }]]), 'fast', 5, null])
        expect(() => node.service('users', { [name]: value } as never), `${name}: ${String(value)}`).toThrow(TypeError);
    const refused: readonly [object, string][] = [
      [{ timeout: -1 }, 'service: timeout must be a positive number, not -1'],
      [{ retry: { attempts: -1 } }, 'retry: attempts must be a non-negative integer, not -1'],
      [{ retry: { backoff: 'cubic' } }, "retry: backoff must be 'exponential', 'linear' or 'constant', not 'cubic'"],
      [{ breaker: { rate: 5 } }, 'breaker: rate must be above 0 and at most 1, not 5'],
      [{ bulkhead: { concurrent: 0 } }, 'bulkhead: concurrent must be a positive integer, not 0'],
      [{ hedge: {} }, "hedge: after must be a number of milliseconds or 'p95', not undefined"],
      [
        { methods: { one: { hedge: { after: -1 } } } },
        "methods.one.hedge: after must be a number of milliseconds or 'p95', not -1",
      ],
      [{ loadBalancer: 'best' }, "unknown load balancer 'best'"],
      [{ locality: 'near' }, "locality must be 'prefer', 'require' or false, not near"],
      [{ connections: 11 }, 'connections must be an integer between 1 and 10, not 11'],
      [{ outliers: { rate: 2 } }, 'outliers: rate must be above 0 and at most 1, not 2'],
      [{ session: { window: 1e9 } }, 'session.window must be above 0 and at most 120000 ms'],
    ];
    for (const [options, message] of refused) {
      expect(() => node.service('users', options as never)).toThrow(RangeError);
      expect(() => node.service('users', options as never)).toThrow(message);
    }
  });
});

it('timeout takes a clock, not options', async () => {
  const { timeout } = resilience;
  expect(() => timeout(5, { clok: new VirtualClock() } as never)).toThrow(TypeError);
  expect(timeout(5, new VirtualClock())).toBeTypeOf('function');
});
