import { inject, Show } from '@omnitron-dev/aether';
import { NetronClient, useMutation, useQuery } from '@omnitron-dev/aether/netron';
import { Link, redirect, route, useAction, useParams, useRouter } from '@omnitron-dev/aether/router';
import { Articles } from '../services.ts';
import { useUserName } from '../user.ts';
import { Comments } from './comments.tsx';
import { Favorite } from './favorite.tsx';
import { textIn } from './text-in.ts';

/** Title and status of the page of an article. The view reads the article with a query, whose cache this fills. */
const headOf = (slug: string) =>
  inject(NetronClient)
    .service(Articles)
    .get(slug)
    .then(
      ({ title }) => ({ title, status: 200 }),
      ({ message, statusCode = 500 }: Error & { statusCode?: number }) => ({ title: message, status: statusCode }),
    );

/** An article with its comments. A form that is sent to it adds a comment. */
export const article = route('/article/[slug]', {
  loader: ({ params }) => headOf(params.slug),
  title: ({ data }) => data.title,
  action: async ({ params: { slug }, form }) => {
    await inject(NetronClient).service(Articles).comment(slug, textIn(form, 'body'));
    return redirect(`/article/${slug}`);
  },
  component: ArticleView,
});

function ArticleView() {
  const params = useParams();
  const slug = () => String(params().slug);
  const { data: shownArticle, error } = useQuery(Articles, 'get', () => [slug()]);
  const sent = useAction(article);
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
      <h1>{shownArticle()?.title ?? (error() ? 'No such article' : 'Loading')}</h1>
      <Show when={shownArticle()}>
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
      <Comments slug={slug()} sent={sent} />
    </>
  );
}
