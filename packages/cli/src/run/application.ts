/** Applications of projects, as far as this program uses them: they bring their own copy of Titan. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TitanError, type TopologyReport } from '@omnitron-dev/titan';
import { manifestOf } from '../plan/manifest.js';
import { Refusal } from '../plan/refusal.js';
import type { ProjectTopology } from './project-topology.js';

/** An application that can be started and explained. */
export interface StartableApp {
  start(): Promise<unknown>;
  explainTopology(): Promise<TopologyReport>;
}

/** Finds the module of the application: given, else by `titan.app` of the manifest, else `dist/app.js`. */
export function appFile(folder: string, given?: string): string {
  const said = (manifestOf(folder).titan as { app?: unknown } | undefined)?.app;
  const file = resolve(folder, given ?? (typeof said === 'string' ? said : 'dist/app.js'));
  if (!existsSync(file)) throw new Refusal(`there is no ${file}: build the project, or say --app FILE`);
  return file;
}

/**
 * Loads an application: what the module exports as `makeApp` (a function), `app`, or by default.
 *
 * @throws Refusal when it exports none
 */
export async function loadApp(file: string): Promise<StartableApp> {
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const made = typeof module.makeApp === 'function' ? await (module.makeApp as () => unknown)() : (module.app ?? module.default);
  if (typeof (made as StartableApp | undefined)?.start !== 'function')
    throw new Refusal(`${file} exports no application: expected makeApp, app, or a default export`);
  return made as StartableApp;
}

/**
 * Loads an application that runs a process of a topology, which `TITAN_PROCESS` names.
 *
 * @throws Refusal when the application has no topology, or another one: each process would run services that belong to others
 */
export async function loadProcess(file: string, { file: place, topology }: ProjectTopology): Promise<StartableApp> {
  const app = await loadApp(file);
  const { processes } = await explained(app);
  const has = new Map(processes.map(({ name, services }) => [name, services]));
  const wanted = Object.entries(topology.processes);
  const same =
    has.size === wanted.length &&
    wanted.every(([name, { services }]) => services.every((service) => service === '*' || has.get(name)?.includes(service)));
  if (same) return app;
  const own = processes.map(({ name, services }) => `${name}: ${services.join(', ') || 'nothing'}`).join('; ');
  throw new Refusal(`${file} has another topology than ${place} (${own}): give createApp({ topology }) the same file`);
}

/** Explains the topology of an application. @throws Refusal when it has none */
export async function explained(app: StartableApp): Promise<TopologyReport> {
  try {
    return await app.explainTopology();
  } catch (error) {
    throw TitanError.is(error) && error.code === 'invalid_use' ? new Refusal(error.message) : error;
  }
}
