/** The command behind `npm create @omnitron-dev/aether@latest`. */
import { basename, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { filesOfTemplate } from './template.js';
import { writeProject } from './write-project.js';

const usage = `npm create @omnitron-dev/aether@latest FOLDER

Generates an Aether page and a Netron service for it in a new or empty folder; "." is the current folder.

  --dry-run   lists the files without writing them
  --help      shows this help`;

/** Environment of the command; tests pass their own. */
export interface CreateOptions {
  /** Base folder of relative paths. Default: the current one. */
  readonly cwd?: string;
  /** Shows a line of the result. Default: standard output. */
  readonly say?: (line: string) => void;
  /** Shows the error. Default: standard error. */
  readonly fail?: (line: string) => void;
}

/**
 * Generates a project: all its files, or none.
 *
 * @param args arguments without the name of the command
 * @returns the exit code: 0, or 1 if nothing was written
 */
export function create(args: readonly string[], options: CreateOptions = {}): number {
  const { cwd = process.cwd(), say = console.log, fail = console.error } = options;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, 'dry-run': { type: 'boolean' } },
    });
    if (values.help) {
      say(usage);
      return 0;
    }
    const [given, ...rest] = positionals;
    if (given === undefined || rest.length > 0) throw new Error(`expected one folder\n\n${usage}`);
    const folder = resolve(cwd, given);
    const files = filesOfTemplate({ name: checkName(basename(folder)) });
    writeProject(folder, files, values['dry-run'] === true);
    const paths = files.map(({ path }) => path).join('\n');
    const enter = folder === resolve(cwd) ? '' : `cd ${relative(cwd, folder)}\n`;
    say(values['dry-run'] ? paths : `${files.length} files in ${given}\n\n${enter}npm install\nnpm run dev`);
    return 0;
  } catch (error) {
    fail((error as Error).message);
    return 1;
  }
}

/** @throws Error for a name that is not one of a package */
function checkName(name: string): string {
  if (/^[a-z\d][a-z\d._-]{0,99}$/.test(name) && name !== 'node_modules') return name;
  const expected = '1 to 100 lower-case letters, digits, ".", "_" and "-", starting with a letter or digit';
  throw new Error(`invalid project name ${JSON.stringify(name.slice(0, 60))}: expected ${expected}`);
}
