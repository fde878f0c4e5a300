import { stripVTControlCharacters } from 'node:util';
import { aether } from '@omnitron-dev/aether/vite';
import { defineConfig, type Plugin } from 'vite';

/** Whether the service has failed to start. */
let failed = false;

/** Runs the service during development. It answers requests below `/netron`. */
const service: Plugin = {
  name: 'service',
  apply: 'serve',
  async configureServer(vite) {
    const { config, middlewares, httpServer } = vite;
    if (httpServer === null) return;
    try {
      // Vite compiles the decorators of what it loads. It would not compile those of an import of this file.
      const { startNode } = (await vite.ssrLoadModule('/server/node.ts')) as typeof import('./server/node.ts');
      const { node, handler } = await startNode();
      httpServer.once('close', () => void node.stop());
      middlewares.use((request, response, next) => {
        if (handler.owns(request.url ?? '')) void handler.node(request, response);
        else next();
      });
    } catch (error) {
      failed = true;
      // Vite runs without the service until a file is corrected. If it failed to start, it would then run twice.
      const { message, stack } = error as Error;
      config.logger.error(`the service has not started: ${stack}`);
      const detail = `the service has not started: ${stripVTControlCharacters(message)}`;
      const problem = { name: 'NetronError', code: 'unavailable', detail };
      middlewares.use('/netron', (_, response) => {
        response.writeHead(503, { 'content-type': 'application/problem+json' });
        response.end(JSON.stringify(problem));
      });
    }
  },
  // Starts the service again when a file has changed that it imports, directly or through others; or may have been missing.
  hotUpdate({ type, modules, server }) {
    if (this.environment.name !== 'ssr') return;
    const changed = new Set(modules);
    for (const { importers } of changed) for (const importer of importers) changed.add(importer);
    const imported = [...changed].some(({ url }) => url === '/server/node.ts');
    if (imported || (failed && type === 'create')) void server.restart();
  },
};

export default defineConfig({ plugins: [aether(), service] });
