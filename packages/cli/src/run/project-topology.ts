import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readTopology, type Topology } from '@omnitron-dev/titan';
import { Refusal } from '../plan/refusal.js';

/** Topology of a project, unless another file is named. */
export const usualTopology = 'titan.topology.yaml';

/** A topology, and where it was read. */
export interface ProjectTopology {
  readonly file: string;
  readonly topology: Topology;
  /** Module of the application that it names. */
  readonly app: string | undefined;
}

/**
 * Reads the topology of a project: the file that is named, or `titan.topology.yaml` if there is one.
 *
 * @throws Refusal, TitanError as {@link readProjectTopology}
 */
export async function topologyOf(folder: string, given?: string): Promise<ProjectTopology | undefined> {
  const file = resolve(folder, given ?? usualTopology);
  return given === undefined && !existsSync(file) ? undefined : readProjectTopology(file);
}

/** Reads a topology. @throws Refusal when there is no such file; TitanError `invalid_config` with every problem of it */
export async function readProjectTopology(file: string): Promise<ProjectTopology> {
  if (!existsSync(file)) throw new Refusal(`there is no topology: ${file}`);
  const topology = await readTopology(file);
  return { file, topology, app: topology.app === undefined ? undefined : resolve(dirname(file), topology.app) };
}
