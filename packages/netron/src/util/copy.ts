/** Mark that tells copies of this package apart that are loaded in one program. */

/** The published version; a test keeps it equal to the manifest's. */
export const version = '0.1.0';

/** A copy of this package, as others see it. */
export interface Copy {
  readonly version: string;
  /** Returns the file it was loaded from. */
  readonly place: () => string;
}

/** This copy. Its stack tells the file: not every bundler knows `import.meta`. */
const own: Copy = { version, place: () => firstFile(new Error().stack ?? '') };

/** The first file that a stack names, whole: scopes of packages have an `@`, as Firefox has before each place. */
export function firstFile(stack: string): string {
  return /(?:\w+:\/\/|\/|\w:\\)[^\s)]*(?=:\d+:\d+)/.exec(stack)?.[0] ?? 'an unknown place';
}

/** Key under which services, proxies and classes say which copy has made them. The same in all versions. */
const key: unique symbol = Symbol.for('@omnitron-dev/netron/copy');

/** Notes on `target` that this copy has made it. Nothing sees that but `madeElsewhere`. */
export function sign(target: object): void {
  if (Object.isExtensible(target) && !Object.hasOwn(target, key)) Object.defineProperty(target, key, { value: own });
}

/**
 * Says in one sentence, without its subject, that `value` comes from another copy of this package; `undefined` when it
 * does not. Names both versions and both files.
 */
export function madeElsewhere(value: object): string | undefined {
  const { [key]: other } = value as { [key]?: Partial<Copy> };
  if (other === undefined || other === own) return undefined;
  const text = ({ version = 'an older version', place }: Partial<Copy>): string => `${version} in ${place?.() ?? 'another file'}`;
  return `comes from another copy of @omnitron-dev/netron: ${text(other)}; this is ${text(own)}: install one version`;
}
