import { insteadOf } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';
import type { Topology } from './topology.js';

/** A service of the graph, with the services that it calls and those injected into it. */
export interface GraphService {
  readonly name: string;
  /** Names of the services that it calls as a client. */
  readonly clients: readonly string[];
  /** Services that are injected as objects, with the names on the path: these share its process. */
  readonly holds: readonly { readonly name: string; readonly path: readonly string[] }[];
  /** Methods that return a stream. */
  readonly streams: readonly string[];
}

/** A connection between two services. */
export interface TopologyEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'local' | 'remote';
  /** Reason, as a text for people. */
  readonly reason: string;
}

/** Explanation of a topology. */
export interface TopologyReport {
  readonly processes: readonly { readonly name: string; readonly replicas: number; readonly services: readonly string[] }[];
  readonly edges: readonly TopologyEdge[];
  /** Services that have to be in one process, because one is injected into the other. */
  readonly pins: readonly { readonly services: readonly [string, string]; readonly path: readonly string[] }[];
  /** Streams of services that are called from other processes: `users.list`. */
  readonly remoteStreams: readonly string[];
}

/**
 * Places services in processes.
 *
 * @returns the process of each service
 * @throws TitanError `invalid_config` for services that are placed nowhere, and places of services that do not exist
 */
export function place({ processes }: Topology, services: readonly string[]): ReadonlyMap<string, string> {
  const named = new Map(
    Object.entries(processes).flatMap(([name, process]) => process.services.map((service) => [service, name])),
  );
  const rest = named.get('*');
  const strangers = [...named.keys()].filter((name) => name !== '*' && !services.includes(name));
  const homeless = services.filter((name) => !named.has(name) && rest === undefined);
  const problems = [
    ...strangers.map(
      (name) => `${name} is placed in ${named.get(name)}, but is not a service of the application${insteadOf(name, services)}`,
    ),
    ...homeless.map((name) => `${name} is not placed; add it to a process, or add a process with services: ['*']`),
  ];
  if (problems.length > 0)
    throw new TitanError(
      'invalid_config',
      `topology does not match the services:\n${problems.map((each) => `  ${each}`).join('\n')}`,
    );
  return new Map(services.map((name) => [name, named.get(name) ?? rest!]));
}

/**
 * Explains which calls stay within a process and which leave it.
 *
 * @throws TitanError `invalid_config` for a topology that parts a service from one that it holds, with the path
 */
export function explain(topology: Topology, services: readonly GraphService[]): TopologyReport {
  const homes = place(
    topology,
    services.map(({ name }) => name),
  );
  const held = services.flatMap(({ name: from, holds }) => holds.map(({ name: to, path }) => ({ from, to, path })));
  const parted = held.filter(({ from, to }) => homes.get(from) !== homes.get(to));
  if (parted.length > 0) {
    const texts = parted.map(
      ({ from, to, path }) =>
        `  ${from} (${homes.get(from)}) injects ${to} (${homes.get(to)}) as an object: ${path.join(' → ')}; inject remote('${to}') instead, or place both in one process`,
    );
    throw new TitanError('invalid_config', `topology separates services that must share a process:\n${texts.join('\n')}`);
  }
  const edges = services.flatMap(({ name: from, clients }) => clients.map((to) => edge(from, to, homes)));
  const called = new Set(edges.filter(({ kind }) => kind === 'remote').map(({ to }) => to));
  return {
    processes: Object.entries(topology.processes).map(([name, { replicas = 1 }]) => ({
      name,
      replicas,
      services: services.map((service) => service.name).filter((service) => homes.get(service) === name),
    })),
    edges: [...edges, ...held.map(({ from, to }) => ({ from, to, kind: 'local', reason: 'injected as an object' }) as const)],
    pins: held.map(({ from, to, path }) => ({ services: [from, to] as const, path })),
    remoteStreams: services
      .filter(({ name }) => called.has(name))
      .flatMap(({ name, streams }) => streams.map((each) => `${name}.${each}`)),
  };
}

function edge(from: string, to: string, homes: ReadonlyMap<string, string>): TopologyEdge {
  const [here, there] = [homes.get(from), homes.get(to)];
  if (there === undefined) return { from, to, kind: 'remote', reason: `${to} is not a service of this application` };
  if (here === there) return { from, to, kind: 'local', reason: `both in ${here}` };
  return { from, to, kind: 'remote', reason: `${here} to ${there}` };
}

/** Returns a report as lines of text. */
export function reportText({ processes, edges, pins, remoteStreams }: TopologyReport): string {
  const width = Math.max(0, ...edges.map(({ from, to }) => from.length + to.length + 3));
  return [
    ...processes.map(
      ({ name, replicas, services }) => `${name}${replicas > 1 ? ` × ${replicas}` : ''}: ${services.join(', ') || '(nothing)'}`,
    ),
    '',
    ...edges.map(({ from, to, kind, reason }) => `${`${from} → ${to}`.padEnd(width)}  ${kind.padEnd(6)}  ${reason}`),
    ...pins.map(({ services: [one, other], path }) => `${one} and ${other} must share a process: ${path.join(' → ')}`),
    ...(remoteStreams.length > 0 ? [`streams that cross processes: ${remoteStreams.join(', ')}`] : []),
  ].join('\n');
}
