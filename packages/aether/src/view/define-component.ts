import type { View } from './types.js';

/**
 * Creates a component from a setup function. The setup runs once per use and returns the view, or a function that returns
 * it. Such a function runs again when a value that it has read itself changes; elements, focus and the state of components
 * below stay.
 *
 * ```tsx
 * const Counter = defineComponent((props: { start: number }) => {
 *   const count = signal(props.start);
 *   return () => <button onClick={() => count.update((n) => n + 1)}>{count()}</button>;
 * });
 * ```
 *
 * A plain function is a component, too; this gives its properties a type where none is written.
 */
export function defineComponent<P>(setup: (props: P) => View): (props: P) => View {
  return setup;
}
