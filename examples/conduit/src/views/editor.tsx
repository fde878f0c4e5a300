import { inject } from '@omnitron-dev/aether';
import { NetronClient, useQuery } from '@omnitron-dev/aether/netron';
import { Form, redirect, route, useAction, useParams } from '@omnitron-dev/aether/router';
import type { Article, Draft } from '../contract.ts';
import { Articles } from '../services.ts';
import { onServer } from '../session.ts';
import { article } from './article.tsx';
import { Field, Refusal } from './field.tsx';
import { textIn } from './text-in.ts';

/** Creates or edits an article: at once on this page, and on the server as soon as there is a network. */
export const editor = route('/editor/[[slug]]', {
  title: 'Editor',
  action: async ({ params: { slug }, form }) => {
    const client = inject(NetronClient);
    const draft = draftOf(form);
    if (slug === undefined) {
      const made = await client.service(Articles).create(draft);
      return redirect(article, { params: { slug: made.slug } });
    }
    const saved = client.mutate('articles@^1.0.0', 'update', [slug, draft], {
      queued: !onServer,
      invalidate: ['articles'],
      optimistic: { method: 'get', args: [slug], update: (current: Article | undefined) => current && { ...current, ...draft } },
    });
    // The server may receive it much later.
    if (onServer) await saved;
    else saved.catch(() => {});
    return redirect(article, { params: { slug } });
  },
  component: Editor,
});

function Editor() {
  const slug = useParams().peek().slug as string | undefined;
  const { data } = useQuery(Articles, 'get', () => slug !== undefined && [slug]);
  const { error, pending } = useAction(editor);
  return (
    <>
      <h1>{slug === undefined ? 'New article' : 'Edit article'}</h1>
      <Refusal error={error()} />
      <Form novalidate>
        <Field label="Title" name="title" error={error()} value={data()?.title ?? ''} />
        <Field label="About" name="description" error={error()} value={data()?.description ?? ''} />
        <Field label="Text" name="body" multiline error={error()} value={data()?.body ?? ''} />
        <Field label="Tags" name="tags" error={error()} value={data()?.tags.join(' ') ?? ''} />
        <button type="submit" disabled={pending()}>
          Publish
        </button>
      </Form>
    </>
  );
}

function draftOf(form: FormData): Draft {
  const text = (name: string) => textIn(form, name).trim();
  return {
    title: text('title'),
    description: text('description'),
    body: text('body'),
    tags: text('tags').split(/\s+/).filter(Boolean),
  };
}
