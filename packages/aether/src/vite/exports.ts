/** Detection of components among the exports of other modules, so that their uses need no lookup of elements. */
import { parseSync } from 'vite';
import { type Bindings, bindingsOf, boundNames, type Origin } from './components.js';
import { assignedNames } from './evaluation.js';
import type { Node } from './syntax.js';

/** Finds modules and their texts. */
export interface Files {
  /** Returns the path of a module that another one imports; `undefined` if it does not belong to the program. */
  resolve(source: string, importer: string): Promise<string | undefined>;
  read(path: string): Promise<string>;
}

/** Exports of a module by name: its own, or re-exports. */
interface Exports extends Bindings {
  readonly own: ReadonlyMap<string, string>;
  readonly from: ReadonlyMap<string, Origin>;
  /** Modules whose exports are all re-exported. */
  readonly all: readonly string[];
}

/** Modules that are analyzed once during a build. */
export class ModuleExports {
  private readonly known = new Map<string, Promise<Exports | undefined>>();

  constructor(private readonly files: Files) {}

  /** Whether an export is a component. `suffix` is `.Provider` for a context. `seen` has the modules on the way to it. */
  async isComponent({ source, name }: Origin, importer: string, suffix: string, seen = new Set<string>()): Promise<boolean> {
    const path = await this.files.resolve(source, importer);
    if (path === undefined || seen.has(`${path} ${name}`)) return false;
    seen.add(`${path} ${name}`);
    const exports = await this.exportsOf(path);
    if (exports === undefined) return false;
    const own = exports.own.get(name);
    if (own !== undefined && exports.components.has(`${own}${suffix}`)) return true;
    const origin = exports.from.get(name) ?? (own === undefined ? undefined : exports.imported.get(own));
    if (origin !== undefined) return this.isComponent(origin, path, suffix, seen);
    if (own !== undefined) return false;
    for (const each of exports.all) if (await this.isComponent({ source: each, name }, path, suffix, seen)) return true;
    return false;
  }

  private exportsOf(path: string): Promise<Exports | undefined> {
    let found = this.known.get(path);
    if (found === undefined) {
      found = this.files
        .read(path)
        .then((code) => exportsOf(code, path))
        .catch(() => undefined);
      this.known.set(path, found);
    }
    return found;
  }
}

function exportsOf(code: string, path: string): Exports | undefined {
  const { program, errors } = parseSync(path, code);
  if (errors.length > 0) return undefined;
  const root = program as unknown as Node;
  const own = new Map<string, string>();
  const from = new Map<string, Origin>();
  const all: string[] = [];
  for (const statement of root.body as Node[]) {
    const source = statement.source?.value as string | undefined;
    if (statement.type === 'ExportAllDeclaration' && statement.exported === null) all.push(source as string);
    if (statement.type === 'ExportDefaultDeclaration') {
      const { type, name } = statement.declaration as Node;
      own.set('default', type === 'Identifier' ? (name as string) : 'default');
    }
    if (statement.type !== 'ExportNamedDeclaration') continue;
    for (const { local, exported } of statement.specifiers as Node[]) {
      const name = nameIn(local as Node);
      if (source === undefined) own.set(nameIn(exported as Node), name);
      else from.set(nameIn(exported as Node), { source, name });
    }
    const declaration = statement.declaration as Node | null;
    for (const { id } of (declaration?.declarations ?? [declaration ?? {}]) as Node[])
      for (const name of boundNames((id ?? null) as Node | null)) own.set(name, name);
  }
  return { ...bindingsOf(root, assignedNames(root)), own, from, all };
}

const nameIn = (name: Node): string => (name.name ?? name.value) as string;
