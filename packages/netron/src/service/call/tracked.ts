import { isPosition, type StreamPosition } from '../../wire/stream-position.js';

/** An item of a stream with the position after which the stream can be resumed. */
export interface TrackedItem<T, Position extends StreamPosition = StreamPosition> {
  readonly position: Position;
  readonly value: T;
}

/**
 * Makes an item of a `resumable` stream. A caller that has received it may resume the stream after it, at this node or another one, whose
 * method then gets the position as `resumeFrom` of its context.
 *
 * @param position string or number by which every node that has the service finds the next item
 * @throws TypeError when the position is neither
 */
export function tracked<T, const Position extends StreamPosition>(position: Position, value: T): TrackedItem<T, Position> {
  if (!isPosition(position)) throw new TypeError(`the position of an item must be a string or a number, not ${String(position)}`);
  return { position, value };
}
