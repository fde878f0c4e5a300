import { For } from '@omnitron-dev/aether';
import { useMutation, useQuery } from '@omnitron-dev/aether/netron';
import { Notes } from './notes.ts';

export function App() {
  const { data, loading, error } = useQuery(Notes, 'list');
  const adding = useMutation(Notes, 'add');

  const add = async (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = event.currentTarget;
    const text = String(new FormData(form).get('text'));
    await adding.mutate(text).then(
      () => form.reset(),
      () => {}, // The form shows `adding.error`.
    );
  };

  return (
    <>
      <h1>Notes</h1>
      <form onSubmit={add}>
        <label for="text">New note</label> <input id="text" name="text" required />{' '}
        <button type="submit" disabled={adding.loading()}>
          Add
        </button>
      </form>
      <p role="alert">{(adding.error() ?? error())?.message}</p>
      <ul aria-busy={loading()}>
        <For each={data() ?? []} by={({ id }) => id} fallback={<li>Nothing yet</li>}>
          {({ text }) => <li>{text}</li>}
        </For>
      </ul>
    </>
  );
}
