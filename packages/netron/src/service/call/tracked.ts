import { isPosition, type StreamPosition } from '../../wire/stream-position.js';

/** An item of a stream that can go on behind it. */
export interface TrackedItem<T, Position extends StreamPosition = StreamPosition> {
  readonly position: Position;
  readonly value: T;
}

/**
 * Makes an item of a `resumable` stream: whoever has received it may ask for those that follow, of this node or another one, which is
 * then given the position as `resumeFrom` of its context.
 *
 * @param position text or number by which every node that has the service finds the next item
 * @throws TypeError when it is something else
 */
export function tracked<T, const Position extends StreamPosition>(position: Position, value: T): TrackedItem<T, Position> {
  if (!isPosition(position)) throw new TypeError(`the position of an item is a text or a number, not ${String(position)}`);
  return { position, value };
}
