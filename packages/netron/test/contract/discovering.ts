/** Discovery of nodes without a network, by a backend under test, and what is waited for. */
import type { BackendListener, DiscoveryBackend } from '../../src/discovery/backend.js';
import type { Discovery, DiscoveryEvents } from '../../src/discovery/discovery.js';
import type { DiscoveryOptions } from '../../src/discovery/options.js';
import { type DiscoverableNode, startDiscovery } from '../../src/discovery/start.js';
import { systemClock } from '../../src/platform/node.js';
import { UnixSocketTransport } from '../../src/transport/node/unix.js';
import { quiet } from '../integration/nodes.js';

/** A backend under test. */
export interface DiscoveryFixture {
  /** A backend of the store that all nodes of a test share. */
  backend(): DiscoveryBackend;
  /** Writes a record into the store as anybody could who can write there. */
  plant(namespace: string, id: string, record: string): Promise<void> | void;
  /** Writes many records at once; absent where nobody but the user himself could. */
  plantMany?(namespace: string, records: readonly (readonly [id: string, record: string])[]): Promise<void> | void;
  /** Whether nodes without listeners get one from the backend. */
  readonly listens?: boolean;
}

/** Milliseconds of a lease: whoever stands still for a moment, because the machine is busy, is not taken out. */
export const longTtl = 60_000;

let namespaces = 0;

/** A namespace that no other test uses. */
export function freshNamespace(): string {
  namespaces += 1;
  return `test-${process.pid}-${namespaces}`;
}

/** Discovery with what its node calls, which declarations leave out. */
type OwnDiscovery = Discovery & { announce(): void; stop(): Promise<void>; trusted(id: string, address: string): boolean };

/** A node as discovery sees one, without a network. */
export interface TestNode extends DiscoverableNode {
  readonly discovery: OwnDiscovery;
  readonly where: string[];
  readonly serves: string[];
  /** Ids of nodes that it is connected to. */
  readonly peers: Set<string>;
}

const started: OwnDiscovery[] = [];

/** Starts discovery of a node; it is stopped after the test. */
export async function discover(
  id: string,
  options: DiscoveryOptions,
  given: Partial<Pick<TestNode, 'where' | 'serves' | 'clock'>> = {},
): Promise<TestNode> {
  const { where = [`tcp://localhost:1${id.length}00`], serves = ['users@1.0.0'], clock = systemClock } = given;
  const peers = new Set<string>();
  const node: DiscoverableNode = {
    id,
    clock,
    instance: crypto.randomUUID(),
    started: Date.now(),
    random: Math.random,
    logger: quiet,
    schemes: new Set(['ws', 'tcp', 'unix']),
    addresses: () => where,
    services: () => serves,
    draining: () => false,
    connected: (other) => peers.has(other),
    async listen(_transport, at): Promise<BackendListener> {
      const server = await new UnixSocketTransport().listen(at);
      server.accept((connection) => void connection.close());
      return { address: server.address, close: async () => server.close() };
    },
  };
  const discovery = (await startDiscovery(node, { discovery: options }, 120_000)) as OwnDiscovery;
  started.push(discovery);
  return { ...node, discovery, where, serves, peers };
}

/** Resolves at the next such event. */
export function next<K extends keyof DiscoveryEvents>(
  { discovery }: Pick<TestNode, 'discovery'>,
  event: K,
  fits: (data: DiscoveryEvents[K]) => boolean = () => true,
): Promise<DiscoveryEvents[K]> {
  return new Promise((resolve) => {
    const off = discovery.on(event, (data) => {
      if (!fits(data)) return;
      off();
      resolve(data);
    });
  });
}

/** Resolves when a node is known. */
export async function seen(by: TestNode, id: string): Promise<void> {
  const joined = next(by, 'node:joined', (node) => node.id === id);
  const nodes = await by.discovery.getActiveNodes();
  if (!nodes.some((node) => node.id === id)) await joined;
}

/** Stops what a test has started. */
export async function stopAll(): Promise<void> {
  await Promise.all(started.splice(0).map((discovery) => discovery.stop()));
}

/** Starts a node in a namespace, by a backend of the store under test. */
export type Join = (
  id: string,
  namespace: string,
  given?: Parameters<typeof discover>[2],
  options?: DiscoveryOptions,
) => Promise<TestNode>;
