import { createServer, type Server } from 'node:http';
import { defineService, Netron } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import type { Price } from './market.ts';

/** Changes in a bundle, and milliseconds between two: a thousand changes a second. */
const bundle = 20;
const pause = 20;

const symbols = Array.from({ length: 50 }, (_, index) => `S${String(index).padStart(2, '0')}`);
const prices = new Map(symbols.map((symbol) => [symbol, 100]));

function change(): Price {
  const symbol = symbols[Math.floor(Math.random() * symbols.length)] as string;
  const value = (prices.get(symbol) as number) + Math.round(Math.random() * 20 - 10) / 10;
  prices.set(symbol, value);
  return { symbol, value };
}

const market = defineService({
  name: 'market@1.0.0',
  methods: {
    list: (): Price[] => [...prices].map(([symbol, value]) => ({ symbol, value })),
    async *changes(): AsyncGenerator<Price[]> {
      for (;;) {
        yield Array.from({ length: bundle }, change);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    },
  },
});

/** Starts the server of the dashboard. */
export async function start(port: number, origin: string): Promise<{ readonly server: Server; readonly node: Netron }> {
  const node = await Netron.create({ logLevel: 'warn' });
  await node.peer.exposeService(market);
  const handler = httpHandler(node, { cors: { origins: [origin] } });
  const server = createServer((request, response) => void handler.node(request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { server, node };
}

if (process.argv[1]?.endsWith('server.ts')) await start(4_000, 'http://localhost:5173');
