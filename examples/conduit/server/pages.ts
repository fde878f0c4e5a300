import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { HttpHandler } from '@omnitron-dev/netron/http';
import type { Connect, ViteDevServer } from 'vite';
import type * as Render from '../src/render.tsx';
import { readForm } from './read-form.ts';

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;' };

/** Answers requests for HTML with the page of their address, rendered with its data. Also handles forms that are sent before hydration. */
export function sendPages(server: ViteDevServer, handler: HttpHandler): Connect.NextHandleFunction {
  // Calls of rendered pages go to the services in this process, without a network.
  const backend = {
    url: 'http://localhost',
    fetch: (target: string | URL | Request, init?: RequestInit) => handler.fetch(new Request(target, init)),
  };
  return async (request, response, next) => {
    if (!request.headers.accept?.includes('text/html')) return next();
    const address = request.originalUrl ?? '/';
    try {
      const body = request.method === 'POST' ? await readForm(request) : null;
      if (body === undefined) return void response.writeHead(413, { connection: 'close' }).end();
      const { renderPage } = (await server.ssrLoadModule('/src/render.tsx')) as typeof Render;
      const page = await renderPage(requestOf(request, originOf(server), body), backend);
      if (page instanceof Response) return void response.writeHead(page.status, Object.fromEntries(page.headers)).end();
      const template = await server.transformIndexHtml(address, await readFile(join(server.config.root, 'index.html'), 'utf8'));
      sendPage(response, template, page);
    } catch (error) {
      server.ssrFixStacktrace(error as Error);
      next(error);
    }
  };
}

function sendPage(response: ServerResponse, template: string, { html, title, status }: Render.RenderedPage): void {
  // A browser that kept the page would show it again when the user goes back after signing out.
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(
    template
      .replace('<!--page-->', () => html)
      .replace(/(?<=<title>)[^<]*/, () => title.replace(/[&<]/g, (found) => escapes[found] as string)),
  );
}

/** The server's own origin. Do not take it from the header `host`, which the client controls. */
const originOf = ({ resolvedUrls }: ViteDevServer): string =>
  new URL([...(resolvedUrls?.local ?? []), ...(resolvedUrls?.network ?? [])][0] ?? 'http://localhost').origin;

function requestOf(
  { method = 'GET', originalUrl, headers }: Connect.IncomingMessage,
  origin: string,
  body: BodyInit | null,
): Request {
  const told = Object.entries(headers).filter((header): header is [string, string] => typeof header[1] === 'string');
  // An address with two leading slashes would name another host.
  return new Request(origin + (originalUrl ?? '/'), { method, headers: told, body });
}
