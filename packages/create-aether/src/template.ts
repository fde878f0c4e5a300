import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of a project. */
export interface ProjectFile {
  /** Below the folder of the project, with `/`. */
  readonly path: string;
  readonly content: string;
}

/** Folder of this package, wherever its code is: that with the template. */
const ownFolder = fileURLToPath(find(new URL('.', import.meta.url)));

function find(folder: URL): URL {
  const above = new URL('..', folder);
  return existsSync(new URL('template', folder)) || above.href === folder.href ? folder : find(above);
}

/**
 * Fills the template in: files whose names end in `.tpl`, with names in double braces. A dot file has `_` in place of its dot.
 * `version` is that of this package, which is published with the others.
 */
export function filesOfTemplate(values: { readonly name: string }): ProjectFile[] {
  const { version } = JSON.parse(readFileSync(join(ownFolder, 'package.json'), 'utf8')) as { version: string };
  const all: Readonly<Record<string, string>> = { ...values, version };
  const root = join(ownFolder, 'template');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.tpl'))
    .sort()
    .map((file) => ({
      path: file
        .replaceAll('\\', '/')
        .slice(0, -'.tpl'.length)
        .replace(/(^|\/)_/, '$1.'),
      content: readFileSync(join(root, file), 'utf8').replace(/\{\{(\w+)\}\}/g, (braces, name: string) => all[name] ?? braces),
    }));
}
