import { computed, For, onMount, Show, signal } from '@omnitron-dev/aether';
import { Item } from './item.tsx';
import { Todos } from './todos.ts';

const filters = { '#/': 'All', '#/active': 'Active', '#/completed': 'Completed' } as const;
const links = Object.entries(filters);

/** Address of the current filter. */
function useFilter() {
  const read = () => (location.hash in filters ? (location.hash as keyof typeof filters) : '#/');
  const filter = signal(read());
  onMount(() => {
    const change = () => filter.set(read());
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  });
  return filter;
}

export function App() {
  const todos = new Todos();
  const filter = useFilter();
  const shown = computed(() =>
    todos.state.todos.filter(({ completed }) => filter() === '#/' || completed === (filter() === '#/completed')),
  );

  const add = (event: KeyboardEvent & { currentTarget: HTMLInputElement }) => {
    const title = event.currentTarget.value.trim();
    if (event.key !== 'Enter' || title === '') return;
    todos.add(title);
    event.currentTarget.value = '';
  };

  return () => (
    <>
      <header class="header">
        <h1>todos</h1>
        <input class="new-todo" placeholder="What needs to be done?" aria-label="New todo" autofocus onKeyDown={add} />
      </header>
      <Show when={todos.state.todos.length > 0}>
        <section class="main">
          <input
            id="toggle-all"
            class="toggle-all"
            type="checkbox"
            checked={todos.active === 0}
            onChange={(event) => todos.completeAll(event.currentTarget.checked)}
          />
          <label for="toggle-all">Mark all as complete</label>
          <ul class="todo-list">
            <For each={shown()}>{(todo) => <Item todo={todo} todos={todos} />}</For>
          </ul>
        </section>
        <footer class="footer">
          <span class="todo-count">
            <strong>{todos.active}</strong> {todos.active === 1 ? 'item' : 'items'} left
          </span>
          <ul class="filters">
            <For each={links}>
              {([address, name]) => (
                <li>
                  <a href={address} class={{ selected: filter() === address }}>
                    {name}
                  </a>
                </li>
              )}
            </For>
          </ul>
          <Show when={todos.completed > 0}>
            <button class="clear-completed" type="button" onClick={() => todos.clearCompleted()}>
              Clear completed
            </button>
          </Show>
        </footer>
      </Show>
    </>
  );
}
