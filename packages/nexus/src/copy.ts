import { type Asker, fail } from './error.js';

/** The published name. */
const name = '@omnitron-dev/nexus';

/** The published version; a test keeps it equal to the manifest's. */
export const version = '0.1.0';

/** A copy of this package in the program, as other copies see it. */
export interface Copy {
  readonly version: string;
  /** File from which it was loaded. */
  readonly place: () => string;
  /** Container whose constructor or factory is running. */
  readonly current: () => unknown;
}

/** Key of the list of all loaded copies. It is read only to explain a failure. */
const key = Symbol.for(name);
const shared = globalThis as { [key]?: Copy[] };
shared[key] ??= [];
const copies = shared[key];

/** Returns the file of this function, from its stack, since not every bundler supports `import.meta`. */
const place = () => /(?:\w+:\/\/|\/|\w:\\)[^\s)]*(?=:\d+:\d+)/.exec(new Error().stack ?? '')?.[0] ?? 'an unknown file';

/** Adds this copy to the list. */
export function register(current: () => unknown): Copy {
  const copy = { version, place, current };
  copies.push(copy);
  return copy;
}

/** Returns another copy in which a constructor or factory is running. */
export const running = (own: Copy): Copy | undefined => copies.find((copy) => copy !== own && copy.current());

/** Throws an error that names the part that met another copy of this package, both versions and both files. */
export function foreign(what: string, own: Copy, other: Partial<Copy> | undefined, asker?: Asker): never {
  const text = (copy: Partial<Copy> | undefined) =>
    `${copy?.version ?? 'an older version'} in ${copy?.place?.() ?? 'another file'}`;
  fail('copies', `${what} is of another copy of ${name}: ${text(own)}, ${text(other)}; install one version`, asker);
}
