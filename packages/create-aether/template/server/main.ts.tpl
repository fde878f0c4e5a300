import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';
import { startNode } from './node.ts';

const { PORT = '3000', HOST = '127.0.0.1' } = process.env;
const origin = `http://${HOST.includes(':') ? `[${HOST}]` : HOST}:${PORT}`;

const { node, handler } = await startNode();
// Addresses of client-side routes get the page, too.
const page = sirv(fileURLToPath(new URL('../page', import.meta.url)), { single: true });

const server = createServer((request, response) => {
  if (handler.owns(request.url ?? '')) void handler.node(request, response);
  else page(request, response);
});
server.listen(Number(PORT), HOST, () => console.log(`listening on ${origin}`));

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    server.close();
    await node.stop();
    server.closeAllConnections();
  });
}
