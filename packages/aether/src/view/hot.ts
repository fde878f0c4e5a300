import { dev } from '#dev';
import { activeScope, type Scope } from '../reactive/owner.js';
import { isSignal, node, type SignalNode, signal, type WritableSignal } from '../reactive/signal.js';
import { variables } from '../reactive/variables.js';
import { Description, type Props } from './description.js';
import type { View } from './types.js';

type Implementation = (props: never) => View;

interface Replaceable {
  readonly current: WritableSignal<Implementation>;
  readonly wrapper: (props: Props) => View;
}

/** State of one use of a component, by the name of its variable. */
type Kept = Map<string, { readonly text: string; readonly value: unknown }>;

const components = new Map<string, Replaceable>();
let kept: Kept | undefined;

/**
 * Makes a component that can be replaced: the same one for each call with the same id. A later call gives it another
 * implementation, and each of its uses is set up anew in its place.
 *
 * @param id ends with `#` and the name of its variable
 */
export function component<F extends Implementation>(id: string, implementation: F): F {
  const known = components.get(id);
  if (known !== undefined) {
    known.current.set(implementation);
    return known.wrapper as unknown as F;
  }
  // A function that is an argument has no name of its own.
  const name = id.slice(id.lastIndexOf('#') + 1);
  const current = signal<Implementation>(implementation);
  const wrapper = (props: Props): View => {
    const own: Kept = new Map();
    const use = activeScope();
    return () => {
      const setUp = current();
      const named = {
        [name]: (given: Props) => {
          if (dev && use !== undefined) dev.setUpFor(use, activeScope() as Scope);
          return keeping(own, () => setUp(given as never));
        },
      }[name];
      return new Description(named, props, undefined);
    };
  };
  Object.defineProperty(wrapper, 'name', { value: name });
  components.set(id, { current, wrapper });
  return wrapper as unknown as F;
}

function keeping<T>(own: Kept, setUp: () => T): T {
  const outer = kept;
  kept = own;
  try {
    return setUp();
  } finally {
    kept = outer;
  }
}

/** Returns what the use of the component had in a variable before, if its text is the same; otherwise makes it. */
export function keep<T>(name: string, text: string, make: () => T): T {
  const own = kept;
  const before = own?.get(name);
  if (before?.text === text) return before.value as T;
  const value = make();
  if (isSignal(value)) variables.set((value as unknown as { readonly [node]: SignalNode<unknown> })[node], name);
  own?.set(name, { text, value });
  return value;
}
