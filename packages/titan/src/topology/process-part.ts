import { resolve } from 'node:path';
import { type NetronOptions, type TransportListen, wantsDiscovery } from '@omnitron-dev/netron';
import { insteadOf } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';
import { processIndex } from '../util/process-index.js';
import type { Topology } from './topology.js';

/** The part of a topology that this process runs. */
export interface ProcessPart {
  readonly topology: Topology;
  /** Name of this process; `undefined` if one process runs all. */
  readonly process: string | undefined;
  /** Position among all running processes, for ports of their own. */
  readonly index: number;
  /** Distinguishes topologies of one machine. */
  readonly namespace: string;
}

/** Environment that selects the process of a topology; `titan start` sets it. */
export interface ProcessEnvironment {
  readonly TITAN_PROCESS?: string | undefined;
  readonly TITAN_INDEX?: string | undefined;
}

/**
 * Returns the process of a topology that this one runs.
 *
 * @param given the file from which it was read, or the topology itself
 * @throws TitanError `invalid_config` if the topology has no such process
 */
export function processPart(
  topology: Topology,
  given: string | Topology,
  { TITAN_PROCESS, TITAN_INDEX }: ProcessEnvironment,
): ProcessPart {
  const name = TITAN_PROCESS === undefined || TITAN_PROCESS === '' ? undefined : TITAN_PROCESS;
  if (name !== undefined && !Object.hasOwn(topology.processes, name))
    throw new TitanError('invalid_config', `unknown process '${name}'${insteadOf(name, Object.keys(topology.processes))}`);
  const place = typeof given === 'string' ? resolve(given) : JSON.stringify(given);
  // Loaded only with a topology.
  const { createHash } = process.getBuiltinModule('node:crypto');
  const namespace = `titan-${createHash('sha256').update(place).digest('hex').slice(0, 16)}`;
  return { topology, process: name, index: processIndex(TITAN_INDEX), namespace };
}

/**
 * Returns options of the node of one process: only some open the configured listeners, and all find each other. Registries
 * list only the link address, since a client that connects to a port shared by replicas reaches any of them.
 */
export function linkedOptions(options: NetronOptions, { topology, process, namespace }: ProcessPart): NetronOptions {
  if (process === undefined) return options;
  const { processes, link = 'unix' } = topology;
  const first = Object.keys(processes)[0];
  const anySays = Object.values(processes).some(({ listen }) => listen !== undefined);
  const listens = anySays ? processes[process]?.listen === true : process === first;
  const own: NetronOptions = listens ? options : withoutListeners(options);
  const local: NetronOptions['discovery'] = { backend: 'local', namespace };
  // The link uses the socket of a local registry.
  if (link === 'unix') return { ...withoutDiscovery(own), discovery: { ...local, advertise: [] } };
  const found = wantsDiscovery(own) ? own : { ...withoutDiscovery(own), discovery: local };
  const { tcp, ...others } = own.transports ?? {};
  const configured = tcp === undefined || typeof tcp === 'boolean' ? [] : ([tcp].flat() as TransportListen[]);
  const { replicas = 1 } = processes[process] ?? {};
  // Replicas share the configured port; each also has a port of its own, which the others use.
  const alone = replicas === 1 && configured.some(({ advertise }) => advertise !== false);
  const listeners = alone ? configured.map(shown) : [{ ...announced(configured[0]), port: 0 }, ...configured.map(shared)];
  return { ...found, transports: { ...others, tcp: listeners } };
}

const shown = (place: TransportListen): TransportListen => (place.advertise === false ? place : announced(place));
const announced = (place: TransportListen = {}): TransportListen => ({ ...place, advertise: true });
const shared = (place: TransportListen): TransportListen => ({ ...place, advertise: false });

function withoutDiscovery({
  discovery: _discovery,
  discoveryEnabled: _enabled,
  discoveryRedisUrl: _redis,
  discoveryHeartbeatInterval: _interval,
  discoveryCleanupInterval: _ttl,
  ...rest
}: NetronOptions): NetronOptions {
  return rest;
}

function withoutListeners({
  port: _port,
  listenPort: _listenPort,
  listenHost: _host,
  http: _http,
  transports: _t,
  ...rest
}: NetronOptions): NetronOptions {
  return { ...rest, server: false };
}
