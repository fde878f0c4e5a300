import { basename, resolve } from 'node:path';
import { manifestOf } from '../plan/manifest.js';
import { checkName } from '../plan/names.js';
import { ownFolder } from '../plan/own-folder.js';
import { type PlannedFile, type WriteOptions, writePlan } from '../plan/plan.js';
import { type Dialect, filesOf, serviceFiles } from '../plan/templates.js';

/** Places that a project brings files for. */
export const deployments = ['docker', 'kubernetes', 'nginx'] as const;
export type Deployment = (typeof deployments)[number];

/** Wishes for a project. */
export interface ProjectOptions extends WriteOptions {
  readonly dialect: Dialect;
  /** Nodes find each other through Redis. */
  readonly redis: boolean;
  readonly deploy: readonly Deployment[];
}

/** A project that was made. */
export interface Project {
  readonly name: string;
  readonly folder: string;
  readonly files: readonly string[];
}

/**
 * Makes a project in a new folder below the working folder, with a service `greeting`.
 *
 * @throws Refusal when the name is none, or files are there already
 */
export function makeProject(name: string, { dialect, redis, deploy, ...write }: ProjectOptions, at = process.cwd()): Project {
  checkName(name, 'project');
  const folder = resolve(at, name);
  const standard = dialect === 'standard' ? 'yes' : '';
  const legacy = dialect === 'legacy' ? 'yes' : '';
  const values = {
    name,
    dialect,
    version: ownVersion(),
    redis: redis ? 'yes' : '',
    noRedis: redis ? '' : 'yes',
    standard,
    legacy,
  };
  const files: PlannedFile[] = [
    ...filesOf('project', values),
    ...serviceFiles('greeting', dialect, 'greeting'),
    ...deploy.flatMap((place) => filesOf(`deploy/${place}`, values)),
  ];
  return { name: basename(folder), folder, files: writePlan(folder, files, write) };
}

/** Version of this package: projects take the same of the others. */
function ownVersion(): string {
  return String(manifestOf(ownFolder).version);
}
