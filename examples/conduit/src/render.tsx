import type { BackendOptions } from '@omnitron-dev/aether/netron';
import { memory } from '@omnitron-dev/aether/router';
import { handleRequest, renderToString } from '@omnitron-dev/aether/ssr';
import { makeApp } from './app.tsx';

/** A page rendered on the server. */
export interface RenderedPage {
  readonly html: string;
  readonly title: string;
  readonly status: number;
}

/**
 * Renders the page of a request with the data of the user that its cookies identify. A form that is sent to it runs its
 * action first.
 *
 * @returns a response without a page for a redirect or a refusal
 */
export async function renderPage(request: Request, backend: BackendOptions): Promise<Response | RenderedPage> {
  const { pathname, search } = new URL(request.url);
  const { app, router, session, view } = makeApp(
    backend,
    request.headers.get('cookie') ?? '',
    memory({ initial: pathname + search }),
  );
  try {
    const answer = await handleRequest(router, request);
    if (answer instanceof Response) {
      if (session.cookie !== undefined) answer.headers.set('set-cookie', session.cookie);
      return answer;
    }
    const html = await renderToString(view);
    const matches = router.page.peek()?.matches ?? [];
    const statuses = matches.map(({ data }) => (data as { status?: number } | undefined)?.status ?? 200);
    return { html, title: router.title ?? 'Conduit', status: Math.max(answer.status, ...statuses) };
  } finally {
    router.stop();
    await app.dispose();
  }
}
