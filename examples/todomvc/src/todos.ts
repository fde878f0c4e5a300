import { persist, store } from '@omnitron-dev/aether';

export interface Todo {
  readonly id: number;
  title: string;
  completed: boolean;
}

/** The list, which persists in the browser. */
export class Todos {
  readonly state = store<{ todos: Todo[] }>({ todos: [] });

  constructor() {
    // Only the list persists, as the specification requires.
    persist(this.state, {
      key: 'todos-aether',
      encode: ({ todos }) => JSON.stringify(todos),
      decode: (text) => ({ todos: JSON.parse(text) as Todo[] }),
    });
  }

  get active(): number {
    return this.state.todos.filter(({ completed }) => !completed).length;
  }

  get completed(): number {
    return this.state.todos.length - this.active;
  }

  add(title: string): void {
    const id = Math.max(0, ...this.state.todos.map((todo) => todo.id)) + 1;
    this.state.todos.push({ id, title, completed: false });
  }

  remove(id: number): void {
    this.state.todos = this.state.todos.filter((todo) => todo.id !== id);
  }

  /** Changes the title of a todo; an empty title removes it. */
  rename(todo: Todo, title: string): void {
    if (title === '') this.remove(todo.id);
    else todo.title = title;
  }

  completeAll(completed: boolean): void {
    for (const todo of this.state.todos) todo.completed = completed;
  }

  clearCompleted(): void {
    this.state.todos = this.state.todos.filter((todo) => !todo.completed);
  }
}
