import { expectTypeOf, it } from 'vitest';
import {
  computed,
  createContext,
  Dynamic,
  defineComponent,
  ErrorBoundary,
  For,
  Index,
  lazy,
  Match,
  Portal,
  resource,
  Show,
  type Signal,
  Switch,
  signal,
  splitProps,
  useContext,
  type View,
} from '../../src/index.js';

it('properties of components are checked, generics stay generic', () => {
  const Counter = defineComponent((props: { start: number; label?: string }) => () => <b title={props.label}>{props.start}</b>);
  <Counter start={1} />;
  // @ts-expect-error start is required
  <Counter />;
  // @ts-expect-error start is a number
  <Counter start="1" />;
  // @ts-expect-error there is no such property
  <Counter start={1} other={1} />;
  const Select = defineComponent(
    <T,>(props: { options: T[]; onPick: (value: T) => void }) =>
      () =>
        props.options.length,
  );
  <Select options={[1]} onPick={(value) => expectTypeOf(value).toEqualTypeOf<number>()} />;
  // @ts-expect-error a string is no number
  <Select options={[1]} onPick={(value: string) => value} />;
});

it('elements have the attributes of HTML', () => {
  const input = signal<HTMLInputElement | undefined>();
  <input ref={input} type="checkbox" checked={() => true} onInput={(event) => event.currentTarget.value} />;
  <label for="x" class={['a', { b: true }]} style={{ color: 'red' }} aria-hidden={true} data-x="1" />;
  <button onClick={(event) => expectTypeOf(event.clientX).toEqualTypeOf<number>()} onKeyDown={(event) => event.key} />;
  <svg viewBox="0 0 1 1">
    <path d="M0 0" stroke-width={2} />
  </svg>;
  <x-thing anything={{ a: 1 }} on:change-it={(event) => event.type} />;
  // @ts-expect-error HTML says class
  <p className="a" />;
  // @ts-expect-error not a type of inputs
  <input type="number2" />;
  // @ts-expect-error a handler is a function
  <button onClick="alert(1)" />;
  // @ts-expect-error HTML as a text is not trusted
  <p innerHTML="<b>" />;
  // @ts-expect-error a paragraph has no address
  <p href="/" />;
  // @ts-expect-error no such element
  <nothing />;
  // @ts-expect-error a promise is no view
  <p>{Promise.resolve(1)}</p>;
});

it('control flow infers the parameters of its children', () => {
  const users = signal([{ id: 1, name: 'a' }]);
  <For each={users} by={(user) => user.id}>
    {(user, index) => {
      expectTypeOf(user).toEqualTypeOf<{ id: number; name: string }>();
      expectTypeOf(index).toEqualTypeOf<Signal<number>>();
      return user.name;
    }}
  </For>;
  <Index each={['a']}>
    {(item) => {
      expectTypeOf(item).toEqualTypeOf<Signal<string>>();
      return item;
    }}
  </Index>;
  const user = signal<{ name: string } | undefined>();
  <Show when={user} fallback="none">
    {(value) => {
      expectTypeOf(value()).toEqualTypeOf<{ name: string }>();
      return value().name;
    }}
  </Show>;
  <Switch>
    <Match when={user}>{(value) => value().name}</Match>
  </Switch>;
  <ErrorBoundary fallback={(error, reset) => (reset(), error.message)}>x</ErrorBoundary>;
});

it('what is given inline is inferred as what has a name is', () => {
  const user = signal<{ name: string } | undefined>();
  const named = (value: Signal<{ name: string }>) => value().name;
  const length = (value: Signal<string>) => value().length;
  // A value, an accessor, a signal, a computed, a resource.
  <Show when={user()}>{(value) => named(value)}</Show>;
  <Show when={() => user()}>{(value) => named(value)}</Show>;
  <Show when={signal({ name: 'a' })}>{(value) => named(value)}</Show>;
  <Show when={signal(1)}>{(value) => (expectTypeOf(value).toEqualTypeOf<Signal<number>>(), value().toFixed())}</Show>;
  <Show when={signal<{ name: string } | undefined>()}>{(value) => named(value)}</Show>;
  <Show when={computed(() => user()?.name)}>
    {(value) => (expectTypeOf(value).toEqualTypeOf<Signal<string>>(), length(value))}
  </Show>;
  <Show when={resource(async () => user())}>{(value) => named(value)}</Show>;
  <Switch>
    <Match when={user()}>{(value) => named(value)}</Match>
    <Match when={() => user()}>{(value) => named(value)}</Match>
    <Match when={signal({ name: 'a' })}>{(value) => named(value)}</Match>
    <Match when={computed(() => user()?.name)}>{(value) => length(value)}</Match>
  </Switch>;
  <For each={signal([{ id: 1 }])} by={(item) => item.id}>
    {(item) => (expectTypeOf(item).toEqualTypeOf<{ id: number }>(), item.id)}
  </For>;
  <For each={signal<string[]>([])}>{(item) => item.length}</For>;
  <For each={signal([])}>{(item) => (expectTypeOf(item).toBeNever(), 'none')}</For>;
  <For each={computed(() => [user()?.name])}>{(item) => item?.length}</For>;
  <For each={resource(async () => [1])}>{(item) => item.toFixed()}</For>;
  <Index each={signal([1])}>{(item) => (expectTypeOf(item).toEqualTypeOf<Signal<number>>(), item().toFixed())}</Index>;
  <Index each={computed(() => ['a'])}>{(item) => length(item)}</Index>;
  // Components of a program are no exception.
  const List = <T,>(props: { items: Signal<T[]>; show: (item: T) => View }) => props.items().map(props.show);
  <List items={signal([1])} show={(item) => item.toFixed()} />;
  <List items={computed(() => ['a'])} show={(item) => item.length} />;
  <Dynamic component={lazy(async () => ({ default: (props: { name: string }): View => props.name }))} name="x" />;
  <ErrorBoundary fallback={(error) => (expectTypeOf(error).toEqualTypeOf<Error>(), error.message)}>
    <Portal mount={document.body}>x</Portal>
  </ErrorBoundary>;
  // @ts-expect-error a number has no length
  <Show when={signal(1)}>{(value) => value().length}</Show>;
  // @ts-expect-error a property is missing
  <Dynamic component={(props: { name: string }) => props.name} />;
});

it('contexts, lazy and dynamic components keep their types', () => {
  const Theme = createContext('light' as 'light' | 'dark');
  expectTypeOf(useContext(Theme)).toEqualTypeOf<'light' | 'dark'>();
  // @ts-expect-error not a theme
  <Theme.Provider value="blue" />;
  expectTypeOf(useContext(createContext<number>())).toEqualTypeOf<number | undefined>();
  const theme = signal(true);
  const Late = lazy(async () => ({ default: (props: { name: string }): View => props.name }));
  <Late name="x" />;
  // @ts-expect-error name is required
  <Late />;
  <Dynamic component={Late} name="x" />;
  // A component without annotations has the properties beside it.
  <Dynamic component={(props) => (expectTypeOf(props.name).toEqualTypeOf<string>(), props.name)} name="x" />;
  <Dynamic component={theme() ? ({ at }) => <p>{at.toFixed()}</p> : undefined} at={1} />;
  <Dynamic component={(props) => <p>{props.children}</p>}>text</Dynamic>;
  <Dynamic component={(props: { pick: (value: number) => void }) => <p>{typeof props}</p>} pick={(value) => value.toFixed()} />;
  // @ts-expect-error there is no such property
  <Dynamic component={(props) => props.nme} name="x" />;
  // @ts-expect-error a number is no text
  <Dynamic component={(props: { name: string }) => props.name} name={1} />;
  const [own, rest] = splitProps({ a: 1, b: 'x' }, ['a']);
  expectTypeOf(own).toEqualTypeOf<Pick<{ a: number; b: string }, 'a'>>();
  expectTypeOf(rest).toEqualTypeOf<Omit<{ a: number; b: string }, 'a'>>();
});
