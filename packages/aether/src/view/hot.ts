import { dev } from '#dev';
import { batch } from '../reactive/batch.js';
import { activeScope, type Scope } from '../reactive/owner.js';
import { isSignal, node, type SignalNode, signal, type WritableSignal } from '../reactive/signal.js';
import { variables } from '../reactive/variables.js';
import { ComponentDescription, ComponentInstance } from './component.js';
import type { Props } from './description.js';
import { giveBack, type Handled, handledIn } from './hot-elements.js';
import type { View } from './types.js';

type Implementation = (props: never) => View;

interface Replaceable {
  readonly current: WritableSignal<Implementation>;
  readonly wrapper: (props: Props) => View;
}

/** Signals and stores of one use of a component, by the names of their variables. */
type Kept = Map<string, { readonly text: string; readonly value: unknown }>;

/** The state of a use of a component. */
interface State {
  readonly own: Kept;
  /** Of the uses below it. */
  readonly below: Places;
  /** Changes by the user in its elements. */
  readonly handled: Handled;
}

/** States by the places of uses. */
class Places {
  private readonly inner = new Map<unknown, Places>();
  /** In the order of the document. */
  readonly states: State[] = [];

  at(path: readonly unknown[]): Places {
    let place: Places = this;
    for (const step of path) {
      const next = place.inner.get(step) ?? new Places();
      place.inner.set(step, next);
      place = next;
    }
    return place;
  }
}

const components = new Map<string, Replaceable>();
/** Implementations waiting for `replace`. */
const given = new Map<Replaceable, Implementation>();
const uses = new WeakMap<Scope, Use>();
let kept: Kept | undefined;

/** A use of a component that can be replaced. */
class Use {
  private readonly own: Kept;
  private readonly below = new Set<Use>();
  /** State before the last setup, which uses below read. */
  private before: State | undefined;
  /** Whether the last setup has thrown or waits. */
  private failed = false;

  /**
   * @param instance none, if the component was called like any other function
   * @param path of names and keys, from the use above
   */
  constructor(
    private readonly instance: ComponentInstance | undefined,
    private readonly path: readonly unknown[],
    above: Use | undefined,
  ) {
    this.before = above?.before?.below.at(path).states.shift();
    this.own = this.before?.own ?? new Map();
    if (instance === undefined) return;
    uses.set(instance, this);
    above?.below.add(this);
    instance.defer(() => above?.below.delete(this));
  }

  /** Records all state here, before it is disposed. */
  note(): void {
    this.before = this.state(new Set());
  }

  /** @param seen elements of those below */
  private state(seen: Set<Element>): State {
    // It never received its restored state.
    if (this.failed && this.before !== undefined) return this.before;
    const below = new Places();
    for (const use of [...this.below].sort(inDocument)) below.at(use.path).states.push(use.state(seen));
    return { own: this.own, below, handled: handledIn(this.instance, seen) };
  }

  /** Runs a setup, whose variables keep their values. */
  setUp<T>(run: () => T): T {
    const outer = kept;
    const { before } = this;
    kept = this.own;
    this.failed = true;
    try {
      const made = run();
      this.failed = false;
      // Content on display exists by then; later content starts over.
      if (before !== undefined) queueMicrotask(() => this.settle(before));
      return made;
    } finally {
      kept = outer;
    }
  }

  private settle(before: State): void {
    // Another setup may have followed immediately.
    if (this.before !== before) return;
    this.before = undefined;
    giveBack(this.instance, before.handled);
  }

  /** The instance in the document. */
  get firstNode(): Node {
    return (this.instance as ComponentInstance).firstNode();
  }
}

const inDocument = (a: Use, b: Use): number =>
  a.firstNode.compareDocumentPosition(b.firstNode) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;

/** Creates the use of a component during its setup. */
function begin(id: string, wrapper: unknown): Use {
  const scope = activeScope();
  if (!(scope instanceof ComponentInstance && scope.type === wrapper)) return new Use(undefined, [], undefined);
  const path: unknown[] = [id, scope.key];
  for (let at = outside(scope); at !== undefined; at = outside(at)) {
    const use = uses.get(at);
    if (use !== undefined) return new Use(scope, path, use);
    // A surrounding fragment changes nothing.
    if (at instanceof ComponentInstance) path.push(...(at.name === 'Fragment' && at.key === undefined ? [] : [at.name, at.key]));
    else if ('identity' in at) path.push(at.identity);
  }
  return new Use(scope, path, undefined);
}

const outside = (scope: Scope): Scope | undefined => scope.parent ?? (scope.above as Scope | undefined);

/**
 * Creates a component that can be replaced: each call with the same id returns the same one. A later call sets another
 * implementation, for `replace`.
 *
 * @param id ends with `#` and the name of its variable
 */
export function component<F extends Implementation>(id: string, implementation: F): F {
  const known = components.get(id);
  if (known !== undefined) {
    given.set(known, implementation);
    return known.wrapper as unknown as F;
  }
  // A function passed as an argument has no name of its own.
  const name = id.slice(id.lastIndexOf('#') + 1);
  const current = signal<Implementation>(implementation);
  const wrapper = (props: Props): View => {
    const use = begin(id, wrapper);
    const around = activeScope();
    let isFirst = true;
    return () => {
      const setUp = current();
      if (!isFirst) use.note();
      isFirst = false;
      const named = {
        [name]: (own: Props) => {
          if (dev && around !== undefined) dev.setUpFor(around, activeScope() as Scope);
          return use.setUp(() => setUp(own as never));
        },
      }[name];
      return new ComponentDescription(named, props);
    };
  };
  Object.defineProperty(wrapper, 'name', { value: name });
  components.set(id, { current, wrapper });
  return wrapper as unknown as F;
}

/**
 * Runs the setups again of all components with a new implementation, each in its place. Called at the end of a module, when
 * all its references exist. The components below keep their signals and stores, if they are at the same place: below the
 * same components, with the same keys, and after as many of their kind.
 */
export function replace(): void {
  batch(() => {
    for (const [{ current }, implementation] of given) current.set(implementation);
    given.clear();
  });
}

/** Returns the previous value of a setup variable if its source text is unchanged; otherwise creates it. */
export function keep<T>(name: string, text: string, make: () => T): T {
  const own = kept;
  const before = own?.get(name);
  if (before?.text === text) return before.value as T;
  const value = make();
  if (isSignal(value)) variables.set((value as unknown as { readonly [node]: SignalNode<unknown> })[node], name);
  own?.set(name, { text, value });
  return value;
}
