import { useMutation } from '@omnitron-dev/aether/netron';
import type { Article, ArticlePage } from '../contract.ts';
import { Articles } from '../services.ts';

/** A button that shows its effect at once; a refusal rolls it back. */
export function Favorite(props: { article: Article }) {
  const { mutate } = useMutation(Articles, 'favorite', { invalidate: ['articles'], optimistic: favored });
  const toggle = () => void mutate(props.article.slug, !props.article.favorited).catch(() => {});
  return (
    <button
      type="button"
      class="favorite"
      aria-label={`♥ ${props.article.favorites} for ${props.article.title}`}
      aria-pressed={props.article.favorited}
      onClick={toggle}
    >
      ♥ {props.article.favorites}
    </button>
  );
}

/** Returns the optimistic changes of an article, alone and in lists, when a user adds or removes a favorite. */
function favored<T extends Article | ArticlePage>(current: T | undefined, slug: string, on: boolean): T | undefined {
  if (current === undefined) return undefined;
  if ('articles' in current) return { ...current, articles: current.articles.map((each) => favored(each, slug, on) ?? each) };
  if (current.slug !== slug || current.favorited === on) return current;
  return { ...current, favorited: on, favorites: current.favorites + (on ? 1 : -1) };
}
