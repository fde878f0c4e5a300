/** Applications of projects, as far as this program uses them: they bring their own copy of Titan. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TopologyReport } from '@omnitron-dev/titan';
import { manifestOf } from '../plan/manifest.js';
import { Refusal } from '../plan/refusal.js';

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
