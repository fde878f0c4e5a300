import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { thrownText } from '@omnitron-dev/netron';
import { FileFault } from './file-fault.js';
import { type Tree, treeOf } from './tree.js';

/**
 * Reads a configuration file by its extension: `.yaml`, `.yml`, `.json`, `.toml`, or a module with a default export.
 *
 * @param path as configured; shown as the source of each value
 * @param base base folder of a relative path
 * @param version of a module, so that a changed one is loaded again
 * @throws FileFault if it is missing, unreadable or does not match its extension
 */
export async function readConfigFile(path: string, base: string, version: number): Promise<Tree> {
  const file = resolve(base, path);
  const extension = extname(file).toLowerCase();
  if (/^\.[cm]?[jt]s$/.test(extension)) return treeOf(await loadModule(file, version), path);
  const reader = readers[extension];
  if (!reader)
    throw new FileFault(`unsupported extension '${extension}' (supported: ${Object.keys(readers).join(', ')}, .js, .ts)`);
  return reader(await textOf(file), path);
}

async function textOf(file: string): Promise<string> {
  try {
    // Editors on Windows write a byte-order mark at the start of a file.
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new FileFault(code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`, undefined, code === 'ENOENT');
  }
}

/** Loaded when a file is of their kind: an application without files does not pay for them. */
const yaml = () => import('./read-yaml.js');
const readers: Record<string, (text: string, path: string) => Promise<Tree>> = {
  '.yaml': async (text, path) => (await yaml()).readYaml(text, path),
  '.yml': async (text, path) => (await yaml()).readYaml(text, path),
  '.json': async (text, path) => (await yaml()).readJson(text, path),
  '.toml': async (text, path) => (await import('./read-toml.js')).readToml(text, path),
};

async function loadModule(file: string, version: number): Promise<unknown> {
  await textOf(file);
  let loaded: { default?: unknown };
  try {
    const url = pathToFileURL(file);
    if (version > 0) url.searchParams.set('v', String(version));
    loaded = await import(/* @vite-ignore */ url.href);
  } catch (error) {
    const unknown = (error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION';
    throw new FileFault(
      unknown
        ? 'this runtime cannot load TypeScript: use Node 22.18 or newer, a loader such as tsx, or compile the file'
        : `cannot be loaded: ${thrownText(error)}`,
    );
  }
  if (!('default' in loaded)) throw new FileFault('has no default export');
  return typeof loaded.default === 'function' ? await loaded.default() : loaded.default;
}
