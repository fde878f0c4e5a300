import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HttpHandler } from '@omnitron-dev/netron/http';
import type { Connect, ViteDevServer } from 'vite';
import type * as Render from '../src/render.tsx';

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;' };

/** Answers what asks for HTML with the page of its address, rendered with its data. */
export function sendPages(server: ViteDevServer, handler: HttpHandler): Connect.NextHandleFunction {
  // Calls of pages that are rendered go to the services in this process, without a network.
  const backend = {
    url: 'http://localhost',
    fetch: (target: string | URL | Request, init?: RequestInit) => handler.fetch(new Request(target, init)),
  };
  return async (request, response, next) => {
    if (request.method !== 'GET' || !request.headers.accept?.includes('text/html')) return next();
    const address = request.originalUrl ?? '/';
    try {
      const template = await server.transformIndexHtml(address, await readFile(join(server.config.root, 'index.html'), 'utf8'));
      const { renderPage } = (await server.ssrLoadModule('/src/render.tsx')) as typeof Render;
      const { html, title = 'Conduit', status } = await renderPage(address, request.headers.cookie ?? '', backend);
      response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'private, no-cache' });
      response.end(
        template
          .replace('<!--page-->', () => html)
          .replace(/(?<=<title>)[^<]*/, () => title.replace(/[&<]/g, (found) => escapes[found] as string)),
      );
    } catch (error) {
      server.ssrFixStacktrace(error as Error);
      next(error);
    }
  };
}
