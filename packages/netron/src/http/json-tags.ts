import type { extensionTypes } from '../wire/extension-types.js';

/**
 * Tags in rich JSON for values that JSON lacks: one for each extension type of the wire, and two for types that MessagePack has itself. A
 * kind may follow: `a7` is a Uint32Array, `t3` a Temporal.PlainDate.
 */
export const jsonTags = {
  undefined: 'u',
  timestamp: 'd',
  map: 'm',
  set: 's',
  bigint: 'i',
  array: 'a',
  url: 'l',
  error: 'e',
  temporal: 't',
  bytes: 'x',
  number: 'n',
  regexp: 'r',
  searchParams: 'q',
  headers: 'h',
  boxed: 'o',
  hole: 'g',
} as const satisfies Record<Exclude<keyof typeof extensionTypes, WireOnly> | 'bytes' | 'number', string>;

/** Types that JSON represents as they are, or refuses. */
type WireOnly = 'text' | 'reference' | 'registered';
