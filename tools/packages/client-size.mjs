import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * Sizes of the client of connections and of the parts that it loads when it connects, as a page has them whose bundler cuts it
 * in files.
 *
 * @param {string} folder where the package is installed
 * @returns {Promise<Record<string, number>>} bytes, minified and compressed, by the names that the README has for them
 */
export async function clientSizes(folder) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: "export { connect } from '@omnitron-dev/netron/client'", resolveDir: folder },
    absWorkingDir: folder,
    outdir: 'out',
    bundle: true,
    splitting: true,
    metafile: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  const { outputs } = metafile;
  /** @type {(file: string, found?: Set<string>) => Set<string>} */
  const loadedWith = (file, found = new Set()) => {
    if (found.has(file)) return found;
    found.add(file);
    for (const { path, kind } of outputs[file]?.imports ?? []) if (kind === 'import-statement') loadedWith(path, found);
    return found;
  };
  /** @type {(part: string) => string} */
  const entered = (part) => Object.keys(outputs).find((file) => outputs[file]?.entryPoint?.includes(part)) ?? '';
  const base = loadedWith(entered('<stdin>'));
  /** @type {(part: string) => string[]} */
  const filesOf = (part) => [...loadedWith(entered(part))].filter((file) => !base.has(file));
  /** @type {(files: Iterable<string>) => number} */
  const sizeOf = (files) =>
    [...new Set(files)].reduce((sum, file) => {
      const contents = outputFiles.find(({ path }) => path.replaceAll('\\', '/').endsWith(`/${file}`))?.contents;
      return sum + (contents === undefined ? Number.NaN : gzipSync(contents, { level: 9 }).length);
    }, 0);
  const [callbacks, streams] = [filesOf('client-callbacks'), filesOf('stream-part')];
  return {
    'the client itself': sizeOf(base),
    'callbacks()': sizeOf(callbacks),
    'streams()': sizeOf(streams),
    'all of it': sizeOf([...base, ...callbacks, ...streams]),
  };
}

/**
 * Compares the table of a README with what was measured.
 *
 * @param {string} readme path
 * @param {Record<string, number>} sizes bytes
 * @returns {string[]} what differs by more than 3 %
 */
export function differences(readme, sizes) {
  const rows = [...readFileSync(readme, 'utf8').matchAll(/^\| `?([^|`]+?)`? \| ([\d.]+) kB \|/gm)];
  return Object.entries(sizes).flatMap(([part, bytes]) => {
    const told = Number(rows.find(([, name]) => name === part)?.[2]);
    const now = bytes / 1024;
    return Math.abs(now - told) <= Math.max(0.1, told * 0.03) ? [] : [`${part} is ${now.toFixed(1)} kB, the README says ${told}`];
  });
}
