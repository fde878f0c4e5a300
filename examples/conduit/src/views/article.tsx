import { Show } from '@omnitron-dev/aether';
import { useMutation, useQuery } from '@omnitron-dev/aether/netron';
import { Link, useParams, useRouter } from '@omnitron-dev/aether/router';
import { Articles } from '../services.ts';
import { useUserName } from '../user.ts';
import { Comments } from './comments.tsx';
import { Favorite } from './favorite.tsx';

export function ArticleView() {
  const params = useParams();
  const slug = () => String(params().slug);
  const { data: article, error } = useQuery(Articles, 'get', () => [slug()]);
  const user = useUserName();
  const router = useRouter();
  const removing = useMutation(Articles, 'remove');
  const remove = () =>
    void removing.mutate(slug()).then(
      () => router.navigate('/'),
      () => {}, // Shown as `error`.
    );
  return (
    <>
      <p role="alert">{(error() ?? removing.error())?.message}</p>
      <h1>{article()?.title ?? (error() ? 'No such article' : 'Loading')}</h1>
      <Show when={article()}>
        {(shown) => (
          <>
            <p>
              <Link to={`/profile/${shown().author}`}>{shown().author}</Link> <Favorite article={shown()} />{' '}
              <Show when={shown().author === user()}>
                <Link to={`/editor/${shown().slug}`}>Edit</Link>{' '}
                <button type="button" disabled={removing.loading()} onClick={remove}>
                  Delete article
                </button>
              </Show>
            </p>
            <p class="body">{shown().body}</p>
          </>
        )}
      </Show>
      <Comments slug={slug()} />
    </>
  );
}
