import { Show, signal } from '@omnitron-dev/aether';
import type { Todo, Todos } from './todos.ts';

/** One todo: a checkbox, a title that a double click makes editable, and a button that removes it. */
export function Item(props: { todo: Todo; todos: Todos }) {
  const editing = signal(false);

  const save = (input: HTMLInputElement) => {
    if (!editing.peek()) return;
    editing.set(false);
    props.todos.rename(props.todo, input.value.trim());
  };

  const press = (event: KeyboardEvent & { currentTarget: HTMLInputElement }) => {
    if (event.key === 'Enter') save(event.currentTarget);
    else if (event.key === 'Escape') editing.set(false);
  };

  return () => (
    <li class={{ completed: props.todo.completed, editing: editing() }}>
      <div class="view">
        <input
          class="toggle"
          type="checkbox"
          aria-label={`Done: ${props.todo.title}`}
          checked={props.todo.completed}
          onChange={(event) => {
            props.todo.completed = event.currentTarget.checked;
          }}
        />
        {/* biome-ignore lint/a11y/noLabelWithoutControl: the specification has a label that is edited by a double click */}
        <label onDblClick={() => editing.set(true)}>{props.todo.title}</label>
        <button class="destroy" type="button" aria-label="Remove" onClick={() => props.todos.remove(props.todo.id)}></button>
      </div>
      <Show when={editing()}>
        <input
          class="edit"
          aria-label="Title"
          value={props.todo.title}
          ref={(input) => queueMicrotask(() => input.focus())}
          onKeyDown={press}
          onBlur={(event) => save(event.currentTarget)}
        />
      </Show>
    </li>
  );
}
