import { createApp, type ModuleReference } from '../../src/index.js';
import { type AnyRoute, createRouter, memory, RouterProvider } from '../../src/router.js';
import { renderToString } from '../../src/ssr.js';

/** Answers for a page. A form that is sent to it runs the action of its route first. */
export async function answerPage(request: Request, module: ModuleReference, routes: readonly AnyRoute[]): Promise<Response> {
  const { origin, pathname, search } = new URL(request.url);
  const address = pathname + search;
  const app = createApp(module);
  const router = createRouter({ routes, history: memory({ initial: address }), container: app.container });
  try {
    await router.start();
    let status = router.page.peek()?.matches.length ? 200 : 404;
    if (request.method === 'POST' && status === 200) {
      // A form of another site would be sent with the cookies of this one.
      if (request.headers.get('origin') !== origin) return new Response(null, { status: 403 });
      await router.submit(address, await request.formData());
      const { href } = router.history.entry;
      if (href !== address) return new Response(null, { status: 303, headers: { location: href } });
      if (router.submission.peek()?.error !== undefined) status = 422;
    }
    const html = await renderToString(app.view(() => <RouterProvider router={router} />));
    return new Response(html, { status, headers: { 'content-type': 'text/html; charset=utf-8' } });
  } finally {
    router.stop();
    await app.dispose();
  }
}
