import { idempotency, inPlace, Netron } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import type { Plugin } from 'vite';
import { makeArticles } from './articles.ts';
import { sendPages } from './pages.ts';
import { Accounts } from './users.ts';
import { checkArguments } from './validation.ts';

/** Runs the services below `/netron` of Vite's server, and renders its pages. */
export const conduit = (): Plugin => ({
  name: 'conduit',
  apply: 'serve',
  config: () => ({ appType: 'custom' }),
  async configureServer(server) {
    const { middlewares, httpServer } = server;
    const accounts = new Accounts();
    const node = await Netron.create({
      logLevel: 'warn',
      authenticate: accounts.authenticate,
      // A mutation that is retried after a lost response has one effect.
      middleware: { incoming: [idempotency({ window: 3_600_000 }), inPlace('validation', checkArguments)] },
    });
    await node.peer.exposeService(accounts.service);
    await node.peer.exposeService(makeArticles((follower, name) => accounts.follows(follower, name)));
    const handler = httpHandler(node);
    httpServer?.once('close', () => void node.stop());
    middlewares.use((request, response, next) => {
      if (handler.owns(request.url ?? '')) void handler.node(request, response);
      else next();
    });
    return () => middlewares.use(sendPages(server, handler));
  },
});
