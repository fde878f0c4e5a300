/** Templates: files whose names end in `.tpl`, with names in double braces. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceValues } from './names.js';
import { ownFolder } from './own-folder.js';
import type { PlannedFile } from './plan.js';

const folder = join(ownFolder, 'templates');

/** Decorators of the language version, of older TypeScript, or none. */
export const dialects = ['legacy', 'standard', 'none'] as const;
/** Name of a dialect of decorators. */
export type Dialect = (typeof dialects)[number];

/** Texts for the names in braces. Conditions are names, too: `{{#redis}}…{{/redis}}` stays when it is not empty. */
export type Values = Readonly<Record<string, string>>;

/** Folders of the templates of a service: with decorators, both dialects read the same. */
const serviceFolders = { legacy: 'decorated', standard: 'decorated', none: 'none' } as const satisfies Record<Dialect, string>;

/**
 * Files of a service: contract, class or functions, test.
 *
 * @param template `service`, or `greeting`, the first one of a project
 */
export function serviceFiles(name: string, dialect: Dialect, template: 'service' | 'greeting' = 'service'): PlannedFile[] {
  const values = serviceValues(name);
  return [...filesOf(`${template}/common`, values), ...filesOf(`${template}/${serviceFolders[dialect]}`, values)];
}

/** Fills all files of a template in, in the order of their names. A dot file has `_` in place of its dot. */
export function filesOf(template: string, values: Values): PlannedFile[] {
  const root = join(folder, template);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.tpl'))
    .sort()
    .map((file) => ({
      path: fill(file.replaceAll('\\', '/').slice(0, -'.tpl'.length), values).replace(/(^|\/)_/, '$1.'),
      content: fill(readFileSync(join(root, file), 'utf8'), values),
    }));
}

/** @throws Error for a name that has no value: the template is wrong */
function fill(text: string, values: Values): string {
  return text
    .replace(/^[ \t]*\{\{#(\w+)\}\}\n([\s\S]*?)^[ \t]*\{\{\/\1\}\}\n/gm, (_, name: string, body: string) =>
      values[name] ? body : '',
    )
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`the template names ${name}, which has no value`);
      return value;
    });
}
