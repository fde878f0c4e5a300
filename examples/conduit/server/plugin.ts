import { idempotency, Netron } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import type { Plugin } from 'vite';
import { makeArticles } from './articles.ts';
import { Accounts } from './users.ts';

/** Has the services answer below `/netron` of Vite's server. */
export const conduit = (): Plugin => ({
  name: 'conduit',
  apply: 'serve',
  async configureServer({ middlewares, httpServer }) {
    const accounts = new Accounts();
    const node = await Netron.create({
      logLevel: 'warn',
      authenticate: accounts.authenticate,
      // A change that was sent again after a lost answer has one effect.
      middleware: { incoming: [idempotency({ window: 3_600_000 })] },
    });
    await node.peer.exposeService(accounts.service);
    await node.peer.exposeService(makeArticles());
    const handler = httpHandler(node);
    httpServer?.once('close', () => void node.stop());
    middlewares.use((request, response, next) => {
      if (handler.owns(request.url ?? '')) void handler.node(request, response);
      else next();
    });
  },
});
