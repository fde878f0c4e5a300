/** Applications of projects, as this program uses them: they bring their own copy of Titan. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TitanError, type Topology, type TopologyReport } from '@omnitron-dev/titan';
import { manifestOf } from '../plan/manifest.js';
import { Refusal } from '../plan/refusal.js';
import type { ProjectTopology } from './project-topology.js';

/** An application that can be started and explained. */
export interface StartableApp {
  start(): Promise<unknown>;
  explainTopology(): Promise<TopologyReport>;
}

/** Returns the module of the application: the given one, otherwise `titan.app` of the manifest, otherwise `dist/app.js`. */
export function appFile(folder: string, given?: string): string {
  const said = (manifestOf(folder).titan as { app?: unknown } | undefined)?.app;
  const file = resolve(folder, given ?? (typeof said === 'string' ? said : 'dist/app.js'));
  if (!existsSync(file)) throw new Refusal(`${file} not found: build the project, or pass --app FILE`);
  return file;
}

/**
 * Loads an application: the module's export `makeApp` (a function), `app`, or the default export.
 *
 * @throws Refusal when there is no such export
 */
export async function loadApp(file: string): Promise<StartableApp> {
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const made = typeof module.makeApp === 'function' ? await (module.makeApp as () => unknown)() : (module.app ?? module.default);
  if (typeof (made as StartableApp | undefined)?.start !== 'function')
    throw new Refusal(`${file} does not export an application: expected makeApp, app or a default export`);
  return made as StartableApp;
}

/**
 * Loads an application that runs the process of a topology named by `TITAN_PROCESS`.
 *
 * @throws Refusal when the application has no topology, or another one: each process would run services that belong to others
 */
export async function loadProcess(file: string, { file: place, topology }: ProjectTopology): Promise<StartableApp> {
  const app = await loadApp(file);
  const { processes } = await explained(app);
  const own = processes.map(processText);
  const services = processes.flatMap((process) => process.services);
  const wanted = placed(topology, services).map(processText);
  if (wanted.join() === own.join()) return app;
  throw new Refusal(
    `the topology of ${file} differs from ${place}: ${own.join('; ')} instead of ${wanted.join('; ')}. Pass the same file to createApp({ topology })`,
  );
}

/**
 * Returns the processes in order, of which the first listens, with the services that each names; `*` stands for those of `all` that none
 * names.
 */
function placed({ processes }: Topology, all: readonly string[]): TopologyReport['processes'] {
  const named = new Set(Object.values(processes).flatMap(({ services }) => services));
  const rest = all.filter((service) => !named.has(service));
  return Object.entries(processes).map(([name, { replicas = 1, services }]) => ({
    name,
    replicas,
    services: services.flatMap((service) => (service === '*' ? rest : [service])),
  }));
}

const processText = ({ name, replicas = 1, services }: TopologyReport['processes'][number]): string =>
  `${name}${replicas === 1 ? '' : ` × ${replicas}`}: ${[...services].sort().join(', ') || 'nothing'}`;

/** Returns the report on the topology of an application. @throws Refusal when it has none */
export async function explained(app: StartableApp): Promise<TopologyReport> {
  try {
    return await app.explainTopology();
  } catch (error) {
    throw TitanError.is(error) && error.code === 'invalid_use' ? new Refusal(error.message) : error;
  }
}
