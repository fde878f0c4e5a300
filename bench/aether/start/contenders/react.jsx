import { QueryClient, QueryClientProvider, useMutation, useQuery } from '@tanstack/react-query';
import { createTRPCClient, httpBatchLink } from '@trpc/client';
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query';
import { createRoot } from 'react-dom/client';

const queryClient = new QueryClient();
const client = createTRPCClient({ links: [httpBatchLink({ url: '/trpc' })] });
const trpc = createTRPCOptionsProxy({ client, queryClient });

function App() {
  const users = useQuery(trpc.list.queryOptions());
  const add = useMutation(trpc.add.mutationOptions());
  return (
    <>
      <h1>Users</h1>
      <button type="button" onClick={() => add.mutate('one more')}>
        Add
      </button>
      <ul>
        {users.data?.map((user) => (
          <li key={user.id}>{user.name}</li>
        ))}
      </ul>
    </>
  );
}

createRoot(document.querySelector('#app')).render(
  <QueryClientProvider client={queryClient}>
    <App />
  </QueryClientProvider>,
);
