import { createApp, defineModule, For } from '@omnitron-dev/aether';
import { defineNetronService, NetronModule, useMutation, useQuery } from '@omnitron-dev/aether/netron';

const Users = defineNetronService({ name: 'users@1.0.0' });
const AppModule = defineModule({ name: 'App', imports: [NetronModule.forRoot({ baseUrl: location.origin })] });

function App() {
  const users = useQuery(Users, 'list');
  const add = useMutation(Users, 'add');
  return (
    <>
      <h1>Users</h1>
      <button type="button" onClick={() => add.mutate('one more')}>
        Add
      </button>
      <ul>
        <For each={users.data}>{(user) => <li>{user.name}</li>}</For>
      </ul>
    </>
  );
}

createApp(AppModule).mount(App, '#app');
