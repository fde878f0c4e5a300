import { computed, type Resource, resource, type Signal, signal, store } from '@omnitron-dev/aether';

const id = signal<number | undefined>(1);
export const user: Resource<{ name: string }> = resource(id, async (key, { signal }) => {
  signal.throwIfAborted();
  return { name: `user ${key.toFixed()}` };
});
export const name: Signal<string> = computed(() => user()?.name ?? 'nobody');
export const state = store({ list: [{ done: false }] });
// @ts-expect-error a store keeps its types
state.list.push({ done: 1 });
