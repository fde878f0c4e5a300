/** MessagePack extension types of plain values. Those of `handleTypes` follow from 16; every other type is refused (A5). */
export const extensionTypes = {
  timestamp: -1,
  undefined: 0,
  map: 1,
  set: 2,
  bigint: 3,
  array: 4,
  url: 5,
  error: 6,
  temporal: 7,
} as const;
