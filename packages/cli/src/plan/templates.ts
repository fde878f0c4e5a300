/** Templates: files with the extension `.tpl`, with placeholders in double braces. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceValues } from './names.js';
import { ownFolder } from './own-folder.js';
import type { PlannedFile } from './plan.js';

const folder = join(ownFolder, 'templates');

/** Decorators of older TypeScript, those of the language, or none. */
export const dialects = ['legacy', 'standard', 'none'] as const;
/** Name of a dialect of decorators. */
export type Dialect = (typeof dialects)[number];

/** Texts for the placeholders. Conditions are placeholders, too: `{{#redis}}…{{/redis}}` is kept when its value is not empty. */
export type Values = Readonly<Record<string, string>>;

/** Template folders of a service: with decorators, both dialects use the same. */
const serviceFolders = { legacy: 'decorated', standard: 'decorated', none: 'none' } as const satisfies Record<Dialect, string>;

/**
 * Returns the files of a service: contract, class or functions, test.
 *
 * @param template `service`, or `greeting`, the first one of a project
 */
export function serviceFiles(name: string, dialect: Dialect, template: 'service' | 'greeting' = 'service'): PlannedFile[] {
  const values = serviceValues(name);
  return [...filesOf(`${template}/common`, values), ...filesOf(`${template}/${serviceFolders[dialect]}`, values)];
}

/** Fills in all files of a template, in the order of their names. The dot of a dot file is written as `_`. */
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

/** @throws Error for a placeholder without a value, which is a mistake in the template */
function fill(text: string, values: Values): string {
  return text
    .replace(/^[ \t]*\{\{#(\w+)\}\}\n([\s\S]*?)^[ \t]*\{\{\/\1\}\}\n/gm, (_, name: string, body: string) =>
      values[name] ? body : '',
    )
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`the template uses ${name}, which has no value`);
      return value;
    });
}
