/** Position of an item in a stream. */
export type StreamPosition = string | number | bigint;

/** Whether a value can be the position of an item. */
export function isPosition(value: unknown): value is StreamPosition {
  return typeof value === 'string' || typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value));
}
