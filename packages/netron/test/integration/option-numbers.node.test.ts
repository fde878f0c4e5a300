/**
 * Times and counts that are no numbers: `'5'` is compared as one and added as a text, so that a bound is another one than was meant. Everything
 * that takes them refuses what is no number, and says which option it is.
 */
import { describe, expect, it } from 'vitest';
import { reconnect, sessions } from '../../src/client.js';
import * as discovery from '../../src/discovery.js';
import { type HealthCheckOptions, NetronHealthCheck } from '../../src/health.js';
import type { Policy, ServiceConnectOptions } from '../../src/index.js';
import {
  type EmitOptions,
  EventBus,
  type EventBusOptions,
  type IdempotencyOptions,
  idempotency,
  MemoryIdempotencyStore,
  Netron,
  type NetronConnectOptions,
  type NetronOptions,
  type SessionOptions,
  type SubscribeOptions,
  timeout,
} from '../../src/index.js';
import * as resilience from '../../src/resilience.js';
import { VirtualClock } from '../../src/testing.js';
import { quiet } from './nodes.js';

/** Keys whose values are numbers. */
type Numeric<T> = { [K in keyof T]-?: unknown extends T[K] ? never : number extends T[K] ? K : never }[keyof T];

type Row = readonly [option: string, use: (value: never) => unknown];

/** A row for each option that is a number; the compiler sees to it that none is missing. */
function numbers<T>(where: string, names: Readonly<Record<Numeric<T>, true>>, use: (options: T) => unknown): Row[] {
  return Object.keys(names).map((name) => [`${where}.${name}`, (value) => use({ [name]: value } as T)]);
}

async function running(use: (node: Netron) => unknown, options: NetronOptions = {}): Promise<void> {
  await using node = await Netron.create({ logger: quiet, ...options });
  await use(node);
}

const create = (options: NetronOptions) => Netron.create({ logger: quiet, ...options }).then((node) => node.stop());
/** Options of a service are refused by both that take them; by `service` at once, although what reads them is not loaded. */
const asService = (options: ServiceConnectOptions) =>
  running((node) => {
    try {
      node.service('plain', options);
    } catch {
      return node.connect('plain', options).then(() => {});
    }
  });
const memory = () => discovery.memoryDiscovery(new discovery.MemoryRegistry());
const clock = new VirtualClock();
const bus = (options: Partial<EventBusOptions> = {}) => new EventBus({ clock, onError: () => {}, ...options });

const breaker = { rate: true, volume: true, window: true, consecutive: true, resetTimeout: true } as const;
const retry = { attempts: true, initialDelay: true, maxDelay: true, jitter: true, budget: true } as const;
const bulkhead = { concurrent: true, queue: true } as const;
const session = { window: true, buffer: true } as const;
const lease = { interval: true, ttl: true } as const;
const waits = { interval: true, timeout: true } as const;
const again = { maxReconnectAttempts: true, reconnectDelay: true } as const;

const rows: Row[] = [
  // Discovery
  ...numbers<discovery.DiscoveryOptions>('discovery', lease, (own) => create({ discovery: { backend: memory(), ...own } })),
  ['discoveryHeartbeatInterval', (value) => create({ discovery: memory(), discoveryHeartbeatInterval: value })],
  ['discoveryCleanupInterval', (value) => create({ discovery: memory(), discoveryCleanupInterval: value })],
  ['discovery.node.weight', (weight) => create({ discovery: { backend: memory(), node: { weight } } })],
  ...numbers<discovery.RegistryConfig>('registry', lease, (own) => new discovery.RegistryDiscovery(memory, quiet, own)),
  ...numbers<discovery.StoreBackendOptions>('storeBackend', { interval: true }, (own) =>
    discovery.storeBackend('mine', () => ({}) as never, own),
  ),
  ['dnsDiscovery.interval', (interval) => discovery.dnsDiscovery({ name: 'example.com', interval })],
  ...(['started', 'weight', 'load'] as const).map(
    (name): Row => [`staticDiscovery.${name}`, (value) => discovery.staticDiscovery([{ address: 'ws://a:1', [name]: value }])],
  ),
  ...numbers<discovery.WaitOptions>('waitForService', { timeout: true }, (own) =>
    running((node) => node.discovery.waitForService('plain', own), { discovery: memory() }),
  ),
  ...numbers<HealthCheckOptions>('NetronHealthCheck', { timeout: true, maxHeap: true, maxDelay: true }, (own) =>
    running((node) => new NetronHealthCheck(node, own)),
  ),
  // Balancing
  ...numbers<ServiceConnectOptions>('service', { timeout: true, subset: true, connections: true }, asService),
  ...numbers<Exclude<ServiceConnectOptions['healthCheck'], boolean | undefined>>('healthCheck', waits, (healthCheck) =>
    asService({ healthCheck }),
  ),
  ...numbers<discovery.OutlierOptions>(
    'outliers',
    { consecutive: true, rate: true, volume: true, ejection: true, maxEjected: true },
    (outliers) => asService({ outliers }),
  ),
  // Resilience
  ...numbers<Policy>('methods.one', { timeout: true }, (one) => asService({ methods: { one } })),
  ...numbers<resilience.RetryOptions>('service.retry', retry, (own) => asService({ retry: own })),
  ...numbers<resilience.RetryOptions>('retry', retry, (own) => resilience.retry(own)),
  ...numbers<resilience.BreakerOptions>('service.breaker', breaker, (own) => asService({ breaker: own })),
  ...numbers<resilience.KeyedBreakerOptions>('breaker', { ...breaker, maxKeys: true }, (own) => resilience.breaker(own)),
  ...numbers<resilience.BreakerOptions>('breaker of a key', breaker, (own) =>
    new resilience.NetronCircuitBreaker().enter('key', own),
  ),
  ['CircuitBreaker threshold', (value) => new resilience.CircuitBreaker(value)],
  ['CircuitBreaker timeout', (value) => new resilience.CircuitBreaker(5, value)],
  ...numbers<resilience.BulkheadOptions>('service.bulkhead', bulkhead, (own) => asService({ bulkhead: own })),
  ...numbers<resilience.BulkheadMiddlewareOptions>('bulkhead', bulkhead, (own) => resilience.bulkhead(own)),
  ['service.hedge.after', (after) => asService({ hedge: { after } })],
  ['service.hedge.budget', (budget) => asService({ hedge: { after: 5, budget } })],
  ['hedge.after', (after) => resilience.hedge({ after })],
  ['hedge.budget', (budget) => resilience.hedge({ after: 5, budget })],
  ...numbers<resilience.AdaptiveLimitOptions>(
    'adaptiveLimit',
    { min: true, max: true, tolerance: true, measureEvery: true },
    (own) => resilience.adaptiveLimit(own),
  ),
  ...numbers<resilience.ShedOptions>('shed', { target: true, interval: true }, (own) => resilience.shed(own)),
  ['timeout', (value) => timeout(value)],
  // Sessions, idempotency
  ...numbers<SessionOptions>('session of a node', session, (own) => create({ session: own })),
  ...numbers<SessionOptions>('session of a service', session, (own) => asService({ session: own })),
  ...numbers<SessionOptions>('session of a client', session, (own) => sessions(own)),
  ...numbers<IdempotencyOptions>('idempotency', { window: true }, (own) => idempotency(own)),
  ['MemoryIdempotencyStore.most', (most) => new MemoryIdempotencyStore({ most })],
  // Events
  ...numbers<EventBusOptions>('EventBus', { timeout: true }, bus),
  ...numbers<EmitOptions<'throw'>>('emit', { timeout: true }, (own) => bus().emitParallel('a', 1, own)),
  ...numbers<SubscribeOptions>('subscribe', { priority: true, queueLimit: true }, (own) => bus().subscribe('a', () => {}, own)),
  // Nodes
  ...numbers<Omit<NetronOptions, 'port' | 'listenPort'>>(
    'node',
    {
      connectTimeout: true,
      handshakeTimeout: true,
      requestTimeout: true,
      taskTimeout: true,
      streamTimeout: true,
      heartbeatInterval: true,
      stopTimeout: true,
      eventTimeout: true,
      resumeWindow: true,
      discoveryHeartbeatInterval: true,
      discoveryCleanupInterval: true,
      ...again,
    },
    (own) => create({ discovery: memory(), ...own }),
  ),
  ...numbers<Pick<NetronConnectOptions, 'timeout' | Numeric<typeof again>>>('connect', { timeout: true, ...again }, (own) =>
    running((node) => node.connect('memory:nobody', own)),
  ),
  ...numbers<Pick<NetronConnectOptions, 'maxReconnectAttempts' | 'reconnectDelay'>>('reconnect', again, (own) => reconnect(own)),
  ['drain', (value) => running((node) => node.drain({ timeout: value }))],
  ['stop', (value) => running((node) => node.stop({ timeout: value }))],
];

/** None of these is a number; most behave as one when compared. */
const wrong: readonly unknown[] = ['5', '', true, 5n, [5], new Date(5), { valueOf: () => 5 }, Number.NaN];

describe('a time or a count that is not a number is refused', () => {
  it.each(rows)('%s', async (_option, use) => {
    for (const value of wrong) {
      const error = await (async () => use(value as never))().then(
        () => `taken: ${String(value)}`,
        (reason: unknown) => reason,
      );
      expect(error).toSatisfy((thrown) => thrown instanceof RangeError || thrown instanceof TypeError);
      // Not those of a calculation with it.
      expect((error as Error).message).toMatch(/must be|unknown option '(?:0|valueOf)'/);
    }
  });
});

/** Names of options that count something. */
const count =
  /[. ](?:attempts|maxReconnectAttempts|volume|consecutive|threshold|concurrent|queue|queueLimit|maxKeys|min|max|most|subset|connections)$/;

describe('a count that is not a whole number is refused', () => {
  const counts = rows.filter(([option]) => count.test(option));

  it('each of them is checked', () => {
    expect(counts).toHaveLength(25);
  });

  it.each(counts)('%s', async (_option, use) => {
    const failure = await (async () => use(1.5 as never))().then(
      () => 'taken',
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(RangeError);
    expect((failure as Error).message).toMatch(/integer|connections must be an integer between 1 and 10, not 1.5/);
  });
});
