import { useMutation, useQuery } from '@omnitron-dev/aether/netron';
import { useParams, useRouter } from '@omnitron-dev/aether/router';
import type { Article, Draft } from '../contract.ts';
import { Articles } from '../services.ts';
import { Field, Refusal } from './field.tsx';

/** Writes a new article, or changes one: at once on this page, and on the server as soon as there is a network. */
export function Editor() {
  const router = useRouter();
  const slug = useParams().peek().slug as string | undefined;
  const { data: article } = useQuery(Articles, 'get', () => slug !== undefined && [slug]);
  const creating = useMutation(Articles, 'create');
  const updating = useMutation(Articles, 'update', {
    queued: true,
    invalidate: ['articles'],
    optimistic: {
      method: 'get',
      args: [slug ?? ''],
      update: (current: Article | undefined, _slug: string, draft: Draft) => current && { ...current, ...draft },
    },
  });
  const save = (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const draft = draftOf(new FormData(event.currentTarget));
    if (slug === undefined) {
      void creating.mutate(draft).then(
        (made) => router.navigate(`/article/${made.slug}`),
        () => {}, // Shown as `error`.
      );
      return;
    }
    // It may be long until the server hears of it.
    void updating.mutate(slug, draft).catch(() => {});
    void router.navigate(`/article/${slug}`);
  };
  return (
    <>
      <h1>{slug === undefined ? 'New article' : 'Edit article'}</h1>
      <Refusal error={creating.error()} />
      <form onSubmit={save} method="post" novalidate>
        <Field label="Title" name="title" error={creating.error()} value={article()?.title ?? ''} />
        <Field label="About" name="description" error={creating.error()} value={article()?.description ?? ''} />
        <Field label="Text" name="body" multiline error={creating.error()} value={article()?.body ?? ''} />
        <Field label="Tags" name="tags" error={creating.error()} value={article()?.tags.join(' ') ?? ''} />
        <button type="submit" disabled={creating.loading()}>
          Publish
        </button>
      </form>
    </>
  );
}

function draftOf(form: FormData): Draft {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  return {
    title: text('title'),
    description: text('description'),
    body: text('body'),
    tags: text('tags').split(/\s+/).filter(Boolean),
  };
}
