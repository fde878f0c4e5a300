import { type App, createApp, defineModule, type View } from '@omnitron-dev/aether';
import type { BackendOptions } from '@omnitron-dev/aether/netron';
import { createRouter, type Router, type RouterHistory, RouterProvider } from '@omnitron-dev/aether/router';
import { routes } from './routes.tsx';
import { Session } from './session.ts';

const NotFound = () => (
  <main>
    <h1>Nothing here</h1>
  </main>
);

/** Creates the application: one for the page, and one for each request on the server. */
export function makeApp(
  backend: BackendOptions,
  cookies: string,
  history?: RouterHistory,
): { readonly app: App; readonly router: Router; readonly session: Session; readonly view: View } {
  const session = new Session(cookies);
  const app = createApp(defineModule({ id: 'conduit', backends: { main: { ...backend, token: () => session.token } } }), {
    providers: [{ provide: Session, useValue: session }],
  });
  const router = createRouter({ routes, notFound: NotFound, notFoundTitle: 'Nothing here', history, container: app.container });
  return { app, router, session, view: app.view(() => <RouterProvider router={router} />) };
}
