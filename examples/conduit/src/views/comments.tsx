import { For } from '@omnitron-dev/aether';
import { useMutation, useQuery } from '@omnitron-dev/aether/netron';
import { Articles } from '../services.ts';

/** Comments on an article: those of others appear when they write them. */
export function Comments(props: { slug: string }) {
  const { data } = useQuery(Articles, 'comments', () => [props.slug]);
  const { mutate, loading, error } = useMutation(Articles, 'comment');
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
      <form onSubmit={send}>
        <label>
          Your comment <input name="body" required />
        </label>{' '}
        <button type="submit" disabled={loading()}>
          Post comment
        </button>
      </form>
      <p role="alert">{error()?.message}</p>
      <ul class="comments">
        <For each={data() ?? []} by={({ id }) => id}>
          {(comment) => (
            <li>
              <b>{comment.author}</b> {comment.body}
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}
