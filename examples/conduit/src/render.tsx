import type { BackendOptions } from '@omnitron-dev/aether/netron';
import { memory } from '@omnitron-dev/aether/router';
import { renderToString } from '@omnitron-dev/aether/ssr';
import { makeApp } from './app.tsx';

/** A page that is rendered on the server. */
export interface RenderedPage {
  readonly html: string;
  readonly title: string | undefined;
  readonly status: number;
}

/** Renders the page of an address for whoever the cookies name, with its data. */
export async function renderPage(address: string, cookies: string, backend: BackendOptions): Promise<RenderedPage> {
  const { app, router, view } = makeApp(backend, cookies, memory({ initial: address }));
  try {
    await router.start();
    const html = await renderToString(view);
    const matches = router.page.peek()?.matches ?? [];
    const statuses = matches.map(({ data }) => (data as { status?: number } | undefined)?.status ?? 200);
    return { html, title: router.title, status: matches.length === 0 ? 404 : Math.max(...statuses) };
  } finally {
    await app.dispose();
  }
}
