import type { Signal } from '../reactive/signal.js';
import type { Block } from './block.js';
import type { Description } from './description.js';
import type { Native } from './native.js';

/** Content of a view. `null`, `undefined` and booleans show nothing; functions are tracked. */
export type View =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Date
  | Description
  | Block
  | Native
  | Node
  | Iterable<View>
  | (() => View);

/** A component: a function that runs once per use, and returns its view, or a function that returns it. */
export type Component<P = object> = (props: P) => View;

/** A value, or a function or signal that returns it. */
export type MaybeSignal<T> = T | Signal<T> | (() => T);
