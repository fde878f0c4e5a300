import type { Host, Space } from '../view/host.js';
import type { Output } from './output.js';

/** A host whose views are written as text. */
export interface TextHost extends Host {
  /** Writes a value of a view. */
  write(value: unknown, output: Output): void;
  within(tag: string, around?: Space): TextHost;
  /** The host of a place with elements of a namespace. */
  inSpace(space: Space): TextHost;
  /** Notes an element that is made. */
  saw(tag: string): void;
}
