import { createApp, defineModule, For, inject, signal } from '@omnitron-dev/aether';
import { CACHE_MANAGER, defineNetronService, NetronClient, NetronModule, useQuery } from '@omnitron-dev/aether/netron';
import { dehydrate } from '@omnitron-dev/netron-browser';

const Users = defineNetronService({ name: 'users@1.0.0' });
const AppModule = defineModule({ name: 'App', imports: [NetronModule.forRoot({ baseUrl: location.origin })] });

const shown = signal([]);
let cache;
let client;

function User({ id }) {
  const user = useQuery(Users, 'getUser', [id], { cache: 3_600_000 });
  return <li>{user.data()?.name}</li>;
}

function App() {
  cache = inject(CACHE_MANAGER);
  client = inject(NetronClient);
  return (
    <ul>
      <For each={shown}>{({ id }) => <User id={id} />}</For>
    </ul>
  );
}

const app = createApp(AppModule);
app.mount(App, '#app');

window.queries = {
  show: (ids) => shown.set(ids.map((id) => ({ id }))),
  load: (id) => client.query('users@1.0.0', 'getUser', [id], { cache: 3_600_000 }),
  change(id, name) {
    const { key } = dehydrate(cache).entries.find(({ value }) => value.id === id);
    cache.set(key, { id, name });
  },
};
