import { aether } from '@omnitron-dev/aether/vite';
import { defineConfig, type Plugin } from 'vite';
import { startNode } from './server/node.ts';

/** Runs the service during development. It answers requests below `/netron`. */
const service: Plugin = {
  name: 'service',
  apply: 'serve',
  async configureServer({ middlewares, httpServer }) {
    if (httpServer === null) return;
    const { node, handler } = await startNode();
    httpServer.once('close', () => void node.stop());
    middlewares.use((request, response, next) => {
      if (handler.owns(request.url ?? '')) void handler.node(request, response);
      else next();
    });
  },
};

export default defineConfig({ plugins: [aether(), service] });
