// Follows a Dockerfile without Docker: what it copies is there, what it runs works, and its last stage has what a program needs.
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../lib/run.mjs';

/** Folder of the image that everything is in. */
const workdir = '/app';
/** Instructions that change no files. */
const silent = new Set(['ENV', 'USER', 'EXPOSE', 'HEALTHCHECK', 'CMD']);

/**
 * Makes the stages of an image, each in a folder.
 *
 * @param {string} project with a Dockerfile
 * @param {string} at an empty folder for the stages
 * @returns {Promise<{ code: number, output: string, folder: string }>} the folder of the last stage
 */
export async function followImage(project, at) {
  /** @type {{ name: string | undefined, folder: string }[]} */
  const stages = [];
  const ignored = readFileSync(join(project, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
  const context = readdirSync(project).filter((name) => !ignored.includes(name));
  let folder = '';
  for (const [line, word = '', rest = ''] of readFileSync(join(project, 'Dockerfile'), 'utf8').matchAll(/^([A-Z]+) (.+)$/gm)) {
    if (word === 'FROM') {
      folder = join(at, String(stages.length));
      mkdirSync(folder, { recursive: true });
      stages.push({ name: / AS (\w+)$/.exec(rest)?.[1], folder });
    } else if (word === 'COPY') {
      const [from, ...paths] = [/--from=(\w+)/.exec(rest)?.[1], ...rest.split(' ').filter((part) => !part.startsWith('--'))];
      const target = join(folder, paths.pop() ?? '');
      const source = from === undefined ? project : stages.find(({ name }) => name === from)?.folder;
      if (source === undefined) return { code: 1, output: `no stage for: ${line}`, folder };
      const names = paths.flatMap((path) => (from === undefined ? matching(context, path) : [path.slice(workdir.length + 1)]));
      if (names.length === 0) return { code: 1, output: `nothing to copy for: ${line}`, folder };
      // One folder is copied into the target, several parts below it.
      const whole = from !== undefined && !target.endsWith('/');
      for (const name of names)
        cpSync(join(source, name), whole ? target : join(target, name), { recursive: true, verbatimSymlinks: true });
    } else if (word === 'RUN') {
      const { code, output } = await run('sh', ['-c', rest], { cwd: folder });
      if (code !== 0) return { code, output: `${line}\n${output}`, folder };
    } else if (!silent.has(word) && line !== `WORKDIR ${workdir}`) return { code: 1, output: `unknown: ${line}`, folder };
  }
  return { code: 0, output: '', folder };
}

/**
 * @param {readonly string[]} names
 * @param {string} path a name, one with a star, or `.` for all
 */
function matching(names, path) {
  if (path === '.') return names;
  const [before = '', after] = path.split('*');
  return names.filter((name) => (after === undefined ? name === path : name.startsWith(before) && name.endsWith(after)));
}
