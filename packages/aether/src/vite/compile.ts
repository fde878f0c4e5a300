import MagicString from 'magic-string';
import { parseSync } from 'vite';
import { bindingsOf, type Origin } from './components.js';
import { Emitter } from './emit.js';
import { assignedNames } from './evaluation.js';
import { makeHot } from './hot.js';
import { type Imported, localName } from './imports.js';
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
  /** Whether views are rendered on a server. Default false. */
  readonly server?: boolean;
  /** Whether service classes keep their names when a minifier shortens names. Default false. */
  readonly names?: boolean;
  /** Whether what another module exports is a component, or with `.Provider` a context. Default: nothing is known of it. */
  readonly isComponent?: ((origin: Origin, suffix: string) => Promise<boolean>) | undefined;
}

/** Modules that compiled ones import. */
export const runtime = {
  views: '@omnitron-dev/aether',
  server: '@omnitron-dev/aether/ssr',
  jsx: '@omnitron-dev/aether/jsx-runtime',
};

/**
 * Compiles the JSX of a module. Types stay: the result is TypeScript if the source is.
 *
 * @param id path of the module: its extension determines the language
 * @returns `undefined` if there is nothing to compile, or the source has a syntax error, which Vite reports
 */
export async function compile(
  code: string,
  id: string,
  { hot = false, server: forServer = false, names: kept = false, isComponent }: CompileOptions = {},
): Promise<Compiled | undefined> {
  // JSX of another library.
  if (/@jsxImportSource\s+(?!@omnitron-dev\/aether)/.test(code)) return undefined;
  const { program, errors } = parseSync(id, code, { lang: id.endsWith('x') && id.includes('.ts') ? 'tsx' : 'jsx' });
  if (errors.length > 0) return undefined;
  const source = new MagicString(code);
  const root = program as unknown as Node;
  const assigned = assignedNames(root);
  const { components, imported: origins } = bindingsOf(root, assigned);
  if (isComponent !== undefined) {
    for (const [name, origin] of origins) {
      if (components.has(name) || !code.includes(`<${name}`)) continue;
      if (await isComponent(origin, '')) components.add(name);
      else if (await isComponent(origin, '.Provider')) components.add(`${name}.Provider`);
    }
  }
  const emitter = new Emitter(source, code, root, await entitiesOf(code), forServer, assigned, components);
  const isHot = hot && makeHot(source, code, root, id);
  const isNamed = kept && keepNames(source, code, root);
  if (emitter.used.size === 0 && !isHot && !isNamed) return undefined;
  const imported = (from: string, which: (exported: Imported) => boolean) => {
    const used = [...emitter.used].filter(which).map((exported) => `${exported} as ${localName(exported)}`);
    return used.length === 0 ? '' : `import { ${used.join(', ')} } from '${from}';`;
  };
  const views = imported(runtime.views, (exported) => forServer && /^(?:block|template|component)$/.test(exported));
  const server = imported(runtime.server, (exported) => exported === 'served');
  const jsx = imported(runtime.jsx, (exported) => !forServer || /^(?:jsx|Fragment)$/.test(exported));
  // On the first line, so that source lines stay unchanged.
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
