import { Netron } from '@omnitron-dev/netron';
import { type HttpHandler, httpHandler } from '@omnitron-dev/netron/http';
import { makeNotes } from './notes.ts';

/** Starts a node with the services of the page. The handler answers HTTP requests below `/netron`. */
export async function startNode(): Promise<{ readonly node: Netron; readonly handler: HttpHandler }> {
  const node = await Netron.create({ logLevel: 'warn' });
  await node.peer.exposeService(makeNotes());
  return { node, handler: httpHandler(node) };
}
