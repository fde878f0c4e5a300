import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/solid-query';
import { createSignal, For } from 'solid-js';
import { render } from 'solid-js/web';

const client = new QueryClient({ defaultOptions: { queries: { staleTime: 3_600_000 } } });
const [shown, setShown] = createSignal([]);

async function getUser(id) {
  const response = await fetch('/plain', { method: 'POST', body: JSON.stringify({ id }) });
  return response.json();
}

const query = (id) => ({ queryKey: ['user', id], queryFn: () => getUser(id) });

function User({ id }) {
  const user = useQuery(() => query(id));
  return <li>{user.data?.name}</li>;
}

render(
  () => (
    <QueryClientProvider client={client}>
      <ul>
        <For each={shown()}>{({ id }) => <User id={id} />}</For>
      </ul>
    </QueryClientProvider>
  ),
  document.querySelector('#app'),
);

window.queries = {
  show: (ids) => setShown(ids.map((id) => ({ id }))),
  load: (id) => client.fetchQuery(query(id)),
  change: (id, name) => client.setQueryData(['user', id], { id, name }),
};
