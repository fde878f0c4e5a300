import { readFile } from 'node:fs/promises';
import { thrownText } from '@omnitron-dev/netron';
import { insteadOf } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';

/** A process of an application. */
export interface TopologyProcess {
  /** Names of services; `'*'` for all services without a place. */
  readonly services: readonly string[];
  /** Number of processes of this kind; they share their listening ports. Default 1. */
  readonly replicas?: number;
  /** Whether it opens the listeners of the configuration. Default: the first process of the topology does. */
  readonly listen?: boolean;
}

/** Distribution of services over processes. */
export interface Topology {
  /** Compiled module that exports `makeApp` or `app`, relative to the file. */
  readonly app?: string;
  readonly processes: Readonly<Record<string, TopologyProcess>>;
  /**
   * Connections between processes. `unix`: on one machine, without configuration. `tcp`: each process listens on a port of
   * its own, and they find each other through the option `discovery` of the node. Default `unix`.
   */
  readonly link?: 'unix' | 'tcp';
  /** Whether to forward the token of a user when a call reaches another process. Default: with `unix`. */
  readonly forwardUsers?: boolean;
}

/**
 * Reads and validates a topology.
 *
 * @param given a file (YAML or JSON), or the object that it would contain
 * @throws TitanError `invalid_config` with every problem
 */
export async function readTopology(given: string | Topology): Promise<Topology> {
  return typeof given === 'string' ? checkTopology(await readText(given), given) : checkTopology(given);
}

/**
 * Validates a topology.
 *
 * @throws TitanError `invalid_config` with every problem
 */
export function checkTopology(read: unknown, name = 'topology'): Topology {
  const problems = problemsOf(read);
  if (problems.length > 0)
    throw new TitanError('invalid_config', `invalid ${name}:\n${problems.map((each) => `  ${each}`).join('\n')}`);
  return read as Topology;
}

async function readText(path: string): Promise<unknown> {
  try {
    // Loaded only for a file: other applications do not need it.
    const { parse } = await import('yaml');
    return parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new TitanError('invalid_config', `cannot read ${path}: ${thrownText(error)}`, { cause: error });
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const known = { file: ['app', 'processes', 'link', 'forwardUsers'], process: ['services', 'replicas', 'listen'] };

function problemsOf(read: unknown): string[] {
  if (!isRecord(read)) return ['expected an object with processes'];
  const { app, processes, link, forwardUsers } = read;
  const problems = Object.keys(read)
    .filter((key) => !known.file.includes(key))
    .map((key) => `unknown key ${key}${insteadOf(key, known.file)}`);
  if (app !== undefined && typeof app !== 'string') problems.push('app must be a path');
  if (link !== undefined && link !== 'unix' && link !== 'tcp') problems.push('link must be unix or tcp');
  if (forwardUsers !== undefined && typeof forwardUsers !== 'boolean') problems.push('forwardUsers must be a boolean');
  if (!isRecord(processes) || Object.keys(processes).length === 0)
    return [...problems, 'processes must contain at least one process'];
  const placed = new Map<string, string>();
  for (const [name, process] of Object.entries(processes)) {
    problems.push(...processProblems(name, process));
    if (!isRecord(process) || !Array.isArray(process.services)) continue;
    for (const service of process.services) {
      const other = placed.get(service);
      if (other !== undefined) problems.push(`${service} is placed twice: in ${other} and in ${name}`);
      placed.set(service, name);
    }
  }
  return problems;
}

function processProblems(name: string, process: unknown): string[] {
  const at = `processes.${name}`;
  if (!/^[a-z][a-z\d-]{0,31}$/.test(name))
    return [`${at}: the name must be 1 to 32 lower-case letters, digits and hyphens, starting with a letter`];
  if (!isRecord(process)) return [`${at} must be an object with services`];
  const { services, replicas = 1, listen } = process;
  const problems = Object.keys(process)
    .filter((key) => !known.process.includes(key))
    .map((key) => `unknown key ${at}.${key}${insteadOf(key, known.process)}`);
  if (!Array.isArray(services) || services.length === 0 || !services.every((each) => typeof each === 'string' && each !== ''))
    problems.push(`${at}.services must be a non-empty array of names`);
  if (!Number.isInteger(replicas) || (replicas as number) < 1 || (replicas as number) > 256)
    problems.push(`${at}.replicas must be an integer between 1 and 256`);
  if (listen !== undefined && typeof listen !== 'boolean') problems.push(`${at}.listen must be a boolean`);
  return problems;
}
