import MagicString from 'magic-string';
import { parseSync } from 'vite';
import { Emitter, names } from './emit.js';
import { makeHot } from './hot.js';
import { keepNames } from './keep-names.js';
import type { Node } from './syntax.js';
import { entitiesOf } from './text.js';

/** A compiled module. */
export interface Compiled {
  readonly code: string;
  readonly map: ReturnType<MagicString['generateMap']>;
}

/** Options of `compile`. */
export interface CompileOptions {
  /** Whether components can be replaced while the page is open. Default false. */
  readonly hot?: boolean;
  /** Whether views are written by a server. Default false. */
  readonly server?: boolean;
  /** Whether classes of services keep their names when names are shortened. Default false. */
  readonly names?: boolean;
}

/** Modules that compiled ones import. */
export const runtime = {
  views: '@omnitron-dev/aether',
  server: '@omnitron-dev/aether/ssr',
  jsx: '@omnitron-dev/aether/jsx-runtime',
};

/**
 * Compiles the JSX of a module. Types stay: the result is TypeScript when the source is.
 *
 * @param id path of the module: its extension tells the language
 * @returns `undefined` when there is nothing to compile, or the source has a syntax error, which Vite reports
 */
export async function compile(
  code: string,
  id: string,
  { hot = false, server: forServer = false, names: kept = false }: CompileOptions = {},
): Promise<Compiled | undefined> {
  // Another library's JSX.
  if (/@jsxImportSource\s+(?!@omnitron-dev\/aether)/.test(code)) return undefined;
  const { program, errors } = parseSync(id, code, { lang: id.endsWith('x') && id.includes('.ts') ? 'tsx' : 'jsx' });
  if (errors.length > 0) return undefined;
  const source = new MagicString(code);
  const emitter = new Emitter(source, code, program as unknown as Node, await entitiesOf(code), forServer);
  const isHot = hot && makeHot(source, code, program as unknown as Node, id);
  const isNamed = kept && keepNames(source, code, program as unknown as Node);
  if (emitter.used.size === 0 && !isHot && !isNamed) return undefined;
  const imported = (from: string, wanted: readonly (readonly [keyof typeof names, string])[]) => {
    const used = wanted.filter(([name]) => emitter.used.has(name)).map(([name, exported]) => `${exported} as ${names[name]}`);
    return used.length === 0 ? '' : `import { ${used.join(', ')} } from '${from}';`;
  };
  const views = imported(runtime.views, [
    ['block', 'block'],
    ['template', 'template'],
    ['component', 'component'],
  ]);
  const server = imported(runtime.server, [['served', 'served']]);
  const jsx = imported(runtime.jsx, [
    ['jsx', 'jsx'],
    ['fragment', 'Fragment'],
  ]);
  // On the first line, so that the lines of the source stay what they are.
  source.prepend(`${views}${server}${jsx}${emitter.declarations.join(' ')}`);
  return written(source, id);
}

/** Keeps the names of services' classes in a module without views. Returns `undefined` when there are none. */
export function compileNames(code: string, id: string): Compiled | undefined {
  const { program, errors } = parseSync(id, code, { lang: /\.[cm]?ts$/.test(id) ? 'ts' : 'js' });
  const source = new MagicString(code);
  if (errors.length > 0 || !keepNames(source, code, program as unknown as Node)) return undefined;
  return written(source, id);
}

const written = (source: MagicString, id: string): Compiled => ({
  code: source.toString(),
  map: source.generateMap({ source: id, includeContent: true, hires: 'boundary' }),
});
