import { signal } from '@omnitron-dev/aether';
import { useParams } from '@omnitron-dev/aether/router';
import { ArticleList } from './article-list.tsx';

/** Articles that somebody has written, or likes. */
export function Profile() {
  const params = useParams();
  const name = () => String(params().name);
  const liked = signal(false);
  return (
    <>
      <h1>{name()}</h1>
      <button type="button" aria-pressed={liked()} onClick={() => liked.update((before) => !before)}>
        Favourites
      </button>
      <ArticleList filter={liked() ? { favoritedBy: name() } : { author: name() }} />
    </>
  );
}
