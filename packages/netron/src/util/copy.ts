/** Tells apart several copies of this package that are loaded in one program. */

/** The published version; a test keeps it equal to that of the manifest. */
export const version = '0.1.0';

/** A copy of this package, as others see it. */
export interface Copy {
  readonly version: string;
  /** Returns the file that it was loaded from. */
  readonly place: () => string;
}

/** This copy. Its stack names the file, since not every bundler supports `import.meta`. */
const own: Copy = { version, place: () => firstFile(new Error().stack ?? '') };

/** Returns the full path of the first file in a stack: scopes of packages contain an `@`, which Firefox also puts before each location. */
export function firstFile(stack: string): string {
  return /(?:\w+:\/\/|\/|\w:\\)[^\s)]*(?=:\d+:\d+)/.exec(stack)?.[0] ?? 'an unknown file';
}

/** Key under which services, proxies and classes name the copy that created them. The same in all versions. */
const key: unique symbol = Symbol.for('@omnitron-dev/netron/copy');

/** Marks `target` as created by this copy. Only `madeElsewhere` reads the mark. */
export function sign(target: object): void {
  if (Object.isExtensible(target) && !Object.hasOwn(target, key)) Object.defineProperty(target, key, { value: own });
}

/**
 * Returns a sentence, without its subject, which says that `value` comes from another copy of this package; `undefined` when it does not.
 * Names both versions and both files.
 */
export function madeElsewhere(value: object): string | undefined {
  const { [key]: other } = value as { [key]?: Partial<Copy> };
  if (other === undefined || other === own) return undefined;
  const text = ({ version = 'an older version', place }: Partial<Copy>): string => `${version} in ${place?.() ?? 'another file'}`;
  return `comes from another copy of @omnitron-dev/netron: ${text(other)}; this is ${text(own)}: install one version`;
}
