import { basename, resolve } from 'node:path';
import { manifestOf } from '../plan/manifest.js';
import { checkName } from '../plan/names.js';
import { ownFolder } from '../plan/own-folder.js';
import { type PlannedFile, type WriteOptions, writePlan } from '../plan/plan.js';
import { type Dialect, filesOf, serviceFiles } from '../plan/templates.js';

/** Deployment targets that a project can include files for. */
export const deployments = ['docker', 'kubernetes', 'nginx'] as const;
export type Deployment = (typeof deployments)[number];

/** Options of a new project. */
export interface ProjectOptions extends WriteOptions {
  readonly dialect: Dialect;
  /** Whether nodes find each other through Redis. */
  readonly redis: boolean;
  readonly deploy: readonly Deployment[];
}

/** A project that was created. */
export interface Project {
  readonly name: string;
  readonly folder: string;
  readonly files: readonly string[];
}

/**
 * Creates a project in a new folder below the working directory, with a service `greeting`.
 *
 * @throws Refusal when the name is invalid, or files exist already
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

/** Returns the version of this package: projects use the same version of the other packages. */
function ownVersion(): string {
  return String(manifestOf(ownFolder).version);
}
