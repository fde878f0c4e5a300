import { createApp, type ModuleReference } from '../../src/index.js';
import { type AnyRoute, createRouter, memory, RouterProvider } from '../../src/router.js';
import { handleRequest, renderToString } from '../../src/ssr.js';

/** Answers a request for a page. A form that is sent to it first runs the action of its route. */
export async function answerPage(request: Request, module: ModuleReference, routes: readonly AnyRoute[]): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const app = createApp(module);
  const history = memory({ initial: pathname + search });
  const router = createRouter({ routes, history, container: app.container });
  try {
    const answer = await handleRequest(router, request);
    if (answer instanceof Response) return answer;
    const html = await renderToString(app.view(() => <RouterProvider router={router} />));
    const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
    return new Response(html, { status: answer.status, headers });
  } finally {
    router.stop();
    await app.dispose();
  }
}
