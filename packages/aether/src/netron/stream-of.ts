/**
 * Returns the result of a method as a stream.
 *
 * @throws TypeError for any other result
 */
export function streamOf<T>(value: unknown, method: string): AsyncIterable<T> {
  if (isStream<T>(value)) return value;
  throw new TypeError(`${method} returned no stream: await its result, or use useQuery`);
}

const isStream = <T>(value: unknown): value is AsyncIterable<T> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
