import { defineService, invalidate, NetronError, tag, withAnnotations } from '@omnitron-dev/netron';
import { Cache, Invalidates } from '@omnitron-dev/netron/http';
import { type Article, type ArticlePage, type Comment, type Draft, type Filter, pageSize } from '../src/contract.ts';
import { callerName, requireCaller } from './caller.ts';

interface Stored extends Draft {
  readonly slug: string;
  readonly author: string;
  readonly createdAt: Date;
  readonly fans: Set<string>;
  readonly comments: Comment[];
}

/** Seconds for which answers are good: tags tell of changes. */
const ttl = 3_600;

const shown = ({ fans, comments: _, ...article }: Stored): Article => ({
  ...article,
  favorited: fans.has(callerName() ?? ''),
  favorites: fans.size,
});

/** Makes the service of articles, with some in it, in memory. */
export function makeArticles() {
  const articles: Stored[] = [];
  const add = (draft: Draft, author: string): Stored => {
    const slug = `${draft.title.toLowerCase().replace(/[^a-z\d]+/g, '-')}-${articles.length + 1}`;
    const made = { ...checked(draft), slug, author, createdAt: new Date(), fans: new Set<string>(), comments: [] };
    articles.unshift(made);
    return made;
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
  const tagged = Cache({ ttl, tags: ['articles'] });
  const changes = Invalidates(['articles', 'tags']);

  return defineService({
    name: 'articles@1.0.0',
    methods: {
      list: withAnnotations((filter: Filter): ArticlePage => {
        const all = articles.filter(
          ({ tags, author, fans }) =>
            (filter.tag === undefined || tags.includes(filter.tag)) &&
            (filter.author === undefined || author === filter.author) &&
            (filter.favoritedBy === undefined || fans.has(filter.favoritedBy)),
        );
        return { articles: all.slice(filter.offset, filter.offset + pageSize).map(shown), count: all.length };
      }, tagged),
      tags: withAnnotations(() => [...new Set(articles.flatMap(({ tags }) => tags))].sort(), Cache({ ttl, tags: ['tags'] })),
      get: withAnnotations((slug: string) => shown(find(slug)), tagged),
      create: withAnnotations((draft: Draft) => shown(add(draft, requireCaller())), changes),
      update: withAnnotations((slug: string, draft: Draft) => {
        const before = find(slug);
        if (before.author !== requireCaller()) throw new NetronError('permission_denied', 'only its author changes an article');
        const next = { ...before, ...checked(draft) };
        articles[articles.indexOf(before)] = next;
        return shown(next);
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
      comment: (slug: string, body: string): Comment => {
        const { comments } = find(slug);
        const comment = { id: comments.length + 1, author: requireCaller(), body, createdAt: new Date() };
        comments.push(comment);
        invalidate(`comments:${slug}`);
        return comment;
      },
    },
  });
}

/** @throws NetronError `invalid_argument` for a draft without a title or text */
function checked({ title, description, body, tags }: Draft): Draft {
  if (title === '' || body === '') throw new NetronError('invalid_argument', 'expected a title and a text');
  return { title, description, body, tags: [...tags] };
}
