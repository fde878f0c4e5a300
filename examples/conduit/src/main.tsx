import { createApp, defineModule, lazy } from '@omnitron-dev/aether';
import '@omnitron-dev/aether/netron';
import { createRouter, RouterProvider } from '@omnitron-dev/aether/router';
import { routes } from './routes.tsx';
import { session } from './session.ts';

const module = defineModule({
  id: 'conduit',
  backends: { main: { url: location.origin, token: () => session.token, queue: true } },
});
const NotFound = () => (
  <main>
    <h1>Nothing here</h1>
  </main>
);
const router = createRouter({ routes, notFound: NotFound });
const Devtools = lazy(async () => ({ default: (await import('@omnitron-dev/aether/devtools')).Devtools }));

createApp(module).mount(
  () => (
    <>
      <RouterProvider router={router} />
      {import.meta.env.DEV && <Devtools />}
    </>
  ),
  '#app',
);
