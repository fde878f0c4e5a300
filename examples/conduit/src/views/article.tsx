import { Show } from '@omnitron-dev/aether';
import { useQuery } from '@omnitron-dev/aether/netron';
import { Link, useParams } from '@omnitron-dev/aether/router';
import { Articles } from '../services.ts';
import { Comments } from './comments.tsx';
import { Favorite } from './favorite.tsx';

export function ArticleView() {
  const params = useParams();
  const slug = () => String(params().slug);
  const { data: article, error } = useQuery(Articles, 'get', () => [slug()]);
  return (
    <>
      <p role="alert">{error()?.message}</p>
      <Show when={article()} fallback={<h1>{error() ? 'No such article' : 'Loading'}</h1>}>
        {(shown) => (
          <>
            <h1>{shown().title}</h1>
            <p>
              <Link to={`/profile/${shown().author}`}>{shown().author}</Link> <Favorite article={shown()} />{' '}
              <Link to={`/editor/${shown().slug}`}>Edit</Link>
            </p>
            <p class="body">{shown().body}</p>
          </>
        )}
      </Show>
      <Comments slug={slug()} />
    </>
  );
}
