import { effect, For, signal } from '@omnitron-dev/aether';
import { useQuery } from '@omnitron-dev/aether/netron';
import { Link } from '@omnitron-dev/aether/router';
import { type Filter, pageSize } from '../contract.ts';
import { Articles } from '../services.ts';
import { Favorite } from './favorite.tsx';

/** Articles that match a filter, page by page. */
export function ArticleList(props: { filter: Omit<Filter, 'offset'> }) {
  const offset = signal(0);
  effect(() => {
    props.filter;
    offset.set(0);
  });
  const { data, loading, error } = useQuery(Articles, 'list', () => [{ ...props.filter, offset: offset() }], {
    keepPrevious: true,
  });
  const move = (by: number) => offset.update((before) => before + by);
  return (
    <section aria-label="Articles" aria-busy={loading()}>
      <p role="alert">{error()?.message}</p>
      <For each={data()?.articles ?? []} by={({ slug }) => slug} fallback={<p>{loading() ? 'Loading' : 'No articles'}</p>}>
        {(article) => (
          <article>
            <h2>
              <Link to={`/article/${article.slug}`}>{article.title}</Link>
            </h2>
            <p>{article.description}</p>
            <p>
              <Link to={`/profile/${article.author}`}>{article.author}</Link> <Favorite article={article} />
            </p>
          </article>
        )}
      </For>
      <button type="button" disabled={offset() === 0} onClick={() => move(-pageSize)}>
        Newer
      </button>
      <button type="button" disabled={offset() + pageSize >= (data()?.count ?? 0)} onClick={() => move(pageSize)}>
        Older
      </button>
    </section>
  );
}
