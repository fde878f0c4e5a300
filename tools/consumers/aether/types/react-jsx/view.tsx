import { type Component, defineComponent, For, signal } from '@omnitron-dev/aether';

export const List: Component<{ names: readonly string[] }> = defineComponent((props) => {
  const selected = signal('');
  return () => (
    <ul>
      <For each={props.names}>
        {(name, index) => (
          <li class={() => selected() === name && 'on'}>
            <button type="button" id={name} onClick={(event) => selected.set(event.currentTarget.id)}>
              {index} {name.toUpperCase()}
            </button>
          </li>
        )}
      </For>
    </ul>
  );
});
export const view = <List names={['a']} />;
// @ts-expect-error names is required
export const wrong = <List />;
