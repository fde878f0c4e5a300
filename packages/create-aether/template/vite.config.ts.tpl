import { aether } from '@omnitron-dev/aether/vite';
import { defineConfig, type Plugin } from 'vite';

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
      // Vite runs without the service until a file is corrected. If it failed to start, it would then run twice.
      const { message, stack } = error as Error;
      config.logger.error(`the service has not started: ${stack}`);
      const problem = { name: 'NetronError', code: 'unavailable', detail: `the service has not started: ${message}` };
      middlewares.use('/netron', (_, response) => {
        response.writeHead(503, { 'content-type': 'application/problem+json' });
        response.end(JSON.stringify(problem));
      });
    }
  },
  // Starts the service again when a file has changed that it imports, directly or through others.
  hotUpdate({ modules, server }) {
    const changed = new Set(this.environment.name === 'ssr' ? modules : []);
    for (const { importers } of changed) for (const importer of importers) changed.add(importer);
    if ([...changed].some(({ url }) => url === '/server/node.ts')) void server.restart();
  },
};

export default defineConfig({ plugins: [aether(), service] });
