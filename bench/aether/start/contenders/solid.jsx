import { QueryClient, QueryClientProvider, useMutation, useQuery } from '@tanstack/solid-query';
import { createTRPCClient, httpBatchLink } from '@trpc/client';
import { For } from 'solid-js';
import { render } from 'solid-js/web';

const queryClient = new QueryClient();
const client = createTRPCClient({ links: [httpBatchLink({ url: '/trpc' })] });

function App() {
  const users = useQuery(() => ({ queryKey: ['list'], queryFn: () => client.list.query() }));
  const add = useMutation(() => ({ mutationFn: (name) => client.add.mutate(name) }));
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

render(
  () => (
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>
  ),
  document.querySelector('#app'),
);
