import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readTopology, type Topology } from '@omnitron-dev/titan';
import { Refusal } from '../plan/refusal.js';

/** Topology file of a project, unless another one is given. */
export const usualTopology = 'titan.topology.yaml';

/** A topology and the file it was read from. */
export interface ProjectTopology {
  readonly file: string;
  readonly topology: Topology;
  /** Module of the application that it names. */
  readonly app: string | undefined;
}

/**
 * Reads the topology of a project: the given file, or `titan.topology.yaml` when it exists.
 *
 * @throws Refusal, TitanError as {@link readProjectTopology}
 */
export async function topologyOf(folder: string, given?: string): Promise<ProjectTopology | undefined> {
  const file = resolve(folder, given ?? usualTopology);
  return given === undefined && !existsSync(file) ? undefined : readProjectTopology(file);
}

/** Reads a topology. @throws Refusal when there is no such file; TitanError `invalid_config` with every problem in it */
export async function readProjectTopology(file: string): Promise<ProjectTopology> {
  if (!existsSync(file)) throw new Refusal(`topology file not found: ${file}`);
  const topology = await readTopology(file);
  return { file, topology, app: topology.app === undefined ? undefined : resolve(dirname(file), topology.app) };
}
