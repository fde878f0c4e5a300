/** The rule for results of stream methods: accepts results of methods and middleware that can be iterated. */
import { NetronError } from '../../errors/netron-error.js';
import type { MemberInfo } from '../../middleware/member.js';
import { isStreamSource } from './stream-source.js';

/**
 * Returns the result of a stream method as an iterable: an iterable of either kind or a web stream unchanged, an
 * iterator as an iterable.
 *
 * @throws NetronError `internal` for any other value, including strings: the method or middleware is at fault
 */
export function streamResult(
  { service, name }: Pick<MemberInfo, 'service' | 'name'>,
  result: unknown,
): AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof result === 'object' && result !== null) {
    if (isStreamSource(result) || Symbol.iterator in result) return result as AsyncIterable<unknown> | Iterable<unknown>;
    if ('next' in result && typeof result.next === 'function')
      return { [Symbol.asyncIterator]: () => result as AsyncIterator<unknown> };
  }
  const expected = 'it must be an AsyncIterable, or an Iterable that is not a string';
  throw new NetronError('internal', `${service}.${name}: the result is not a stream: ${expected}`);
}
