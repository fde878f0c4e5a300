import type { Host, Space } from '../view/host.js';
import type { Output } from './output.js';
import type { Places } from './places.js';

/** A host whose views are written as text. */
export interface TextHost extends Host {
  /** Writes a value of a view. */
  write(value: unknown, output: Output): void;
  within(tag: string, around?: Space): TextHost;
  /** The host of a place with elements of a namespace. */
  inSpace(space: Space): TextHost;
  /** Places of the page, for ids. */
  readonly places: Places;
  /** Notes an element that is made. */
  saw(tag: string): void;
}
