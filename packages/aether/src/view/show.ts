import { computed } from '../reactive/computed.js';
import { isSignal, type Signal } from '../reactive/signal.js';
import { ComponentDescription } from './component.js';
import { Description } from './description.js';
import { valuesOf } from './list.js';
import type { MaybeSignal, View } from './types.js';

type Truthy<T> = Exclude<T, null | undefined | false | 0 | '' | 0n>;

/** Children for a value: a view, or a function that receives the value as a signal. */
export type ChildrenFor<T> = View | ((value: Signal<Truthy<T>>) => View);

/** Properties of `Show`. */
export interface ShowProps<T> {
  readonly when: MaybeSignal<T>;
  /** Shown while `when` is falsy. */
  readonly fallback?: View;
  readonly children?: ChildrenFor<T>;
}

/** Returns the value of a property that may be a function or signal. */
const read = <T>(value: MaybeSignal<T>): T => (typeof value === 'function' ? (value as () => T)() : value);

/** Returns a signal that keeps the last truthy value, for handlers that run after it is gone. */
const lasting = <T>(value: () => T): Signal<Truthy<T>> => computed<unknown>((before) => value() || before) as Signal<Truthy<T>>;

/** Shows children that may be a function of a value. */
function fill<T>(children: ChildrenFor<T>, value: Signal<Truthy<T>>): View {
  return typeof children === 'function' && children.length > 0 && !isSignal(children)
    ? (children as (value: Signal<Truthy<T>>) => View)(value)
    : (children as View);
}

/**
 * Shows its children while `when` is truthy, `fallback` otherwise. Only the shown branch is created. While `when` stays
 * truthy, the children stay; a function receives the value as a signal: `{(user) => <b>{() => user().name}</b>}`.
 */
export function Show<T>(props: ShowProps<T>): View {
  const value = computed(() => read(props.when));
  const shown = computed(() => Boolean(value()));
  const current = lasting(value);
  return () => (shown() ? fill(props.children as ChildrenFor<T>, current) : props.fallback);
}

/** Properties of `Match`. */
export interface MatchProps<T> {
  readonly when: MaybeSignal<T>;
  readonly children?: ChildrenFor<T>;
}

/** Properties of `Switch`. */
export interface SwitchProps {
  /** Shown when no `Match` matches. */
  readonly fallback?: View;
  /** Elements `Match`. */
  readonly children?: View;
}

/** One case of a `Switch`. */
export function Match<T>(props: MatchProps<T>): View {
  return Show(props);
}

/** Shows the first `Match` among its children whose `when` is truthy, `fallback` when there is none. */
export function Switch(props: SwitchProps): View {
  const cases = computed(() => {
    const { children } = props;
    return (valuesOf(children) ?? [children]).flat().filter((each) => each instanceof Description && each.type === Match);
  });
  const chosen = computed(() =>
    (cases() as { props: MatchProps<unknown> }[]).findIndex(({ props }) => Boolean(read(props.when))),
  );
  return () => {
    const index = chosen();
    if (index < 0) return props.fallback;
    const match = () => (cases()[index] as unknown as { props: MatchProps<unknown> } | undefined)?.props;
    // With a key, so that one case does not take over the elements of another.
    const content = () => {
      const current = lasting(() => read(match()?.when));
      return () => fill(match()?.children, current);
    };
    return new ComponentDescription(content, {}, index);
  };
}
