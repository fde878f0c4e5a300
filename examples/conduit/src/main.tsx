import '@omnitron-dev/aether/netron';
import { hydrate } from '@omnitron-dev/aether/ssr';
import { makeApp } from './app.tsx';

const { app, router, view } = makeApp({ url: location.origin, queue: true }, document.cookie);
await router.start();
hydrate(view, document.querySelector('#app') as Element);

if (import.meta.env.DEV) {
  const { Devtools } = await import('@omnitron-dev/aether/devtools');
  app.mount(Devtools, 'body');
}
