import { effect, For, Show } from '@omnitron-dev/aether';
import { useMutation, useQuery } from '@omnitron-dev/aether/netron';
import { type ActionState, Form } from '@omnitron-dev/aether/router';
import { Articles } from '../services.ts';
import { useUserName } from '../user.ts';
import { Refusal } from './field.tsx';

/** Properties of `Comments`. */
export interface CommentsProps {
  readonly slug: string;
  /** State of a comment that is sent to the route of the article. */
  readonly sent: ActionState<unknown>;
}

/** Comments on an article. New comments of other users appear immediately. */
export function Comments(props: CommentsProps) {
  const { data } = useQuery(Articles, 'comments', () => [props.slug]);
  const removing = useMutation(Articles, 'removeComment');
  const user = useUserName();
  const remove = (id: number) => void removing.mutate(props.slug, id).catch(() => {});
  let form: HTMLFormElement | undefined;
  let before = false;
  effect(() => {
    const { pending, error } = props.sent;
    const now = pending();
    if (before && !now && error.peek() === undefined) form?.reset();
    before = now;
  });
  return (
    <section aria-label="Comments">
      <h2>Comments</h2>
      <Form
        ref={(element: HTMLFormElement) => {
          form = element;
        }}
      >
        <label>
          Your comment <input name="body" required />
        </label>{' '}
        <button type="submit" disabled={props.sent.pending()}>
          Post comment
        </button>
      </Form>
      <Refusal error={props.sent.error() ?? removing.error()} />
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
