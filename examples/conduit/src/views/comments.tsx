import { For, Show } from '@omnitron-dev/aether';
import { useMutation, useQuery } from '@omnitron-dev/aether/netron';
import { Articles } from '../services.ts';
import { useUserName } from '../user.ts';
import { Refusal } from './field.tsx';

/** Comments on an article: those of others appear when they write them. */
export function Comments(props: { slug: string }) {
  const { data } = useQuery(Articles, 'comments', () => [props.slug]);
  const { mutate, loading, error } = useMutation(Articles, 'comment');
  const removing = useMutation(Articles, 'removeComment');
  const user = useUserName();
  const remove = (id: number) => void removing.mutate(props.slug, id).catch(() => {});
  const send = (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = event.currentTarget;
    void mutate(props.slug, String(new FormData(form).get('body'))).then(
      () => form.reset(),
      () => {}, // Shown as `error`.
    );
  };
  return (
    <section aria-label="Comments">
      <h2>Comments</h2>
      <form onSubmit={send} method="post">
        <label>
          Your comment <input name="body" required />
        </label>{' '}
        <button type="submit" disabled={loading()}>
          Post comment
        </button>
      </form>
      <Refusal error={error() ?? removing.error()} />
      <ul class="comments">
        <For each={data() ?? []} by={({ id }) => id}>
          {(comment) => (
            <li>
              <b>{comment.author}</b> {comment.body}{' '}
              <Show when={comment.author === user()}>
                <button type="button" aria-label={`Delete: ${comment.body}`} onClick={() => remove(comment.id)}>
                  Delete
                </button>
              </Show>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}
