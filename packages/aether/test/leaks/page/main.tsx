import {
  computed,
  createApp,
  createContext,
  effect,
  For,
  getOwner,
  onMount,
  Portal,
  resource,
  Show,
  selector,
  signal,
  store,
  useContext,
} from '@omnitron-dev/aether';
import { Backend, NetronClient, NetronModule, NetronService, useQuery, useStream } from '@omnitron-dev/aether/netron';
import { createRouter, Link, memory, Outlet, RouterProvider, route, useLoaderData } from '@omnitron-dev/aether/router';
import type { IUserService } from '../../netron/server.js';

const url = new URLSearchParams(location.search).get('server') as string;

@Backend('main', { service: 'user@^1.0.0' })
class UserService extends NetronService<IUserService> {}

/** Everything that outlives the pages. */
const shown = signal(false);
const count = signal(0);
const selected = signal(0);
const state = store({ list: [1, 2, 3] });
const Theme = createContext('light');
let loaded = () => {};

// The engine keeps the texts of numbers in a table, which grows once: by 72 kB with the first thousand addresses, 3 % of the heap.
for (let number = 0; number < 20_000; number++) String(number);

/** Elements and owners that should be gone. */
let made: WeakRef<object>[] = [];

function Page() {
  const users = useQuery(UserService, 'getUsers', [], { refetchInterval: 60_000 });
  const numbers = useStream(UserService, 'count', [100], { buffer: 10 });
  const double = computed(() => count() * 2);
  const isSelected = selector(selected);
  const never = resource(() => new Promise<string>(() => {}));
  made.push(new WeakRef(getOwner() as object));
  effect(() => {
    if (users.data() !== undefined && numbers.data() !== undefined) loaded();
  });
  onMount(() => {
    const listener = () => {};
    addEventListener('resize', listener);
    return () => removeEventListener('resize', listener);
  });
  return (
    <Theme.Provider value="dark">
      <section
        ref={(element) => {
          made.push(new WeakRef(element));
        }}
        class={() => ({ on: isSelected(0) })}
        onClick={() => count.update((n) => n + 1)}
      >
        {count} {double} {never} {numbers.data}
        <For each={() => users.data() ?? []} by={({ id }) => id}>
          {({ name }) => <li title={() => String(count())}>{name}</li>}
        </For>
        <For each={() => state.list}>{(n) => <input value={n} onInput={() => {}} />}</For>
        <Show when={() => count() >= 0}>{() => useContext(Theme)}</Show>
        <Portal>
          <b>{count}</b>
        </Portal>
      </section>
    </Theme.Provider>
  );
}

const home = route('/', { component: () => <Link to="/users/1">first</Link>, loader: () => ({ at: Date.now() }) });
const user = route('/users/[id]', {
  loader: ({ params, signal }) => new Promise<string>((resolve) => setTimeout(() => !signal.aborted && resolve(params.id), 0)),
  component: () => {
    const id = useLoaderData(user);
    const found = useQuery(UserService, 'getUser', ['1']);
    made.push(new WeakRef(getOwner() as object));
    return (
      <p>
        {id} {() => found.data()?.name} <Outlet />
      </p>
    );
  },
});
const router = createRouter({ routes: [home, user], history: memory() });

const app = createApp([...(NetronModule.forRoot({ baseUrl: url }).providers ?? []), UserService]);
app.mount(
  () => (
    <>
      <Show when={shown}>
        <Page />
      </Show>
      <RouterProvider router={router} />
    </>
  ),
  '#app',
);

Object.assign(window, {
  /** Shows the page with all of its data, changes it, and ends it, some times. */
  async mount(times: number) {
    for (let time = 0; time < times; time++) {
      const ready = new Promise<void>((resolve) => {
        loaded = resolve;
      });
      shown.set(true);
      await ready;
      document.querySelector<HTMLElement>('section')?.click();
      state.list = [time, 2];
      shown.set(false);
    }
  },
  /** Goes there and back, some times; half of the navigations are overtaken. */
  async navigate(times: number) {
    for (let time = 0; time < times; time++) {
      void router.navigate(`/users/${time}`, { replace: true });
      await router.navigate(`/users/${time % 7}`, { replace: true });
      await router.navigate('/', { replace: true });
    }
  },
  /** Makes all cached data stale, which followers fetch anew. */
  invalidate: () => app.container.get(NetronClient).invalidate('*'),
  /** Elements and owners of pages that have ended, and are there all the same. */
  left() {
    made = made.filter((each) => each.deref() !== undefined);
    return made.length;
  },
});
