import { Contract, defineService, invalidate, NetronError, tag, withAnnotations } from '@omnitron-dev/netron';
import { Cache, Invalidates } from '@omnitron-dev/netron/http';
import { type Article, type ArticlePage, type Comment, type Draft, type Filter, pageSize } from '../src/contract.ts';
import { callerName, requireCaller } from './caller.ts';
import { changedDraft, comment as commentArgs, draft as draftFields } from './schemas.ts';

interface Stored extends Draft {
  readonly slug: string;
  readonly author: string;
  readonly createdAt: Date;
  readonly fans: Set<string>;
  readonly comments: Comment[];
}

/** Seconds for which answers may be cached; tags invalidate them earlier. */
const ttl = 3_600;

const shown = ({ fans, comments: _, ...article }: Stored): Article => ({
  ...article,
  favorited: fans.has(callerName() ?? ''),
  favorites: fans.size,
});

/** Creates the service of articles, in memory, with sample articles. */
export function makeArticles(follows: (follower: string | undefined, name: string) => boolean) {
  const articles: Stored[] = [];
  let made = 0;
  const add = (draft: Draft, author: string): Stored => {
    const slug = `${draft.title.toLowerCase().replace(/[^a-z\d]+/g, '-')}-${++made}`;
    const article = { ...draft, slug, author, createdAt: new Date(), fans: new Set<string>(), comments: [] };
    articles.unshift(article);
    return article;
  };
  for (let number = 1; number <= 25; number++) {
    const tags = ['news', number % 2 === 0 ? 'even' : 'odd'];
    add({ title: `Article ${number}`, description: `About ${number}`, body: `Text of ${number}`, tags }, 'editor');
  }
  const find = (slug: string): Stored => {
    const found = articles.find((article) => article.slug === slug);
    if (found === undefined) throw new NetronError('not_found', `no article '${slug}'`);
    return found;
  };
  const own = (slug: string): Stored => {
    const found = find(slug);
    if (found.author !== requireCaller()) throw new NetronError('permission_denied', 'only its author can change an article');
    return found;
  };
  const tagged = Cache({ ttl, tags: ['articles'] });
  const changes = Invalidates(['articles', 'tags']);

  return defineService({
    name: 'articles@1.0.0',
    methods: {
      list: withAnnotations((filter: Filter): ArticlePage => {
        if (filter.followed) tag('follows');
        const caller = callerName();
        const all = articles.filter(
          ({ tags, author, fans }) =>
            (!filter.followed || follows(caller, author)) &&
            (filter.tag === undefined || tags.includes(filter.tag)) &&
            (filter.author === undefined || author === filter.author) &&
            (filter.favoritedBy === undefined || fans.has(filter.favoritedBy)),
        );
        return { articles: all.slice(filter.offset, filter.offset + pageSize).map(shown), count: all.length };
      }, tagged),
      tags: withAnnotations(() => [...new Set(articles.flatMap(({ tags }) => tags))].sort(), Cache({ ttl, tags: ['tags'] })),
      get: withAnnotations((slug: string) => shown(find(slug)), tagged),
      create: withAnnotations((draft: Draft) => shown(add(draft, requireCaller())), changes, Contract({ input: draftFields })),
      update: withAnnotations(
        (slug: string, draft: Draft) => {
          const before = own(slug);
          const next = { ...before, ...draft };
          articles[articles.indexOf(before)] = next;
          return shown(next);
        },
        changes,
        Contract({ input: changedDraft }),
      ),
      remove: withAnnotations((slug: string) => {
        articles.splice(articles.indexOf(own(slug)), 1);
      }, changes),
      favorite: withAnnotations(
        (slug: string, on: boolean) => {
          const { fans } = find(slug);
          if (on) fans.add(requireCaller());
          else fans.delete(requireCaller());
          return shown(find(slug));
        },
        Invalidates(['articles']),
      ),
      comments: withAnnotations((slug: string) => {
        tag(`comments:${slug}`);
        return find(slug).comments;
      }, Cache({ ttl })),
      comment: withAnnotations(
        (slug: string, body: string): Comment => {
          const { comments } = find(slug);
          const comment = { id: (comments.at(-1)?.id ?? 0) + 1, author: requireCaller(), body, createdAt: new Date() };
          comments.push(comment);
          invalidate(`comments:${slug}`);
          return comment;
        },
        Contract({ input: commentArgs }),
      ),
      removeComment: (slug: string, id: number): void => {
        const { comments } = find(slug);
        const at = comments.findIndex((comment) => comment.id === id);
        if (at < 0) throw new NetronError('not_found', `no comment ${id}`);
        if (comments[at]?.author !== requireCaller())
          throw new NetronError('permission_denied', 'only its author can delete a comment');
        comments.splice(at, 1);
        invalidate(`comments:${slug}`);
      },
    },
  });
}
