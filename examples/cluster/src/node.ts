/** A node with a service: `node node.js ID NAMESPACE`. It needs no port: nodes of one machine find each other by their namespace. */
import { Netron, Public, Service } from '@omnitron-dev/netron';

@Service('squares@1.0.0')
export class Squares {
  readonly #node: string;

  constructor(node: string) {
    this.#node = node;
  }

  /** May run twice: a client retries the calls in flight of a lost node on another node. */
  @Public({ idempotent: true })
  square(value: number): { node: string; square: number } {
    return { node: this.#node, square: value * value };
  }
}

const [id = 'node', namespace = 'squares'] = process.argv.slice(2);
const netron = await Netron.create({ id, discovery: { namespace, interval: 500 } });
await netron.peer.exposeService(new Squares(id));
process.send?.('ready');

const stop = (): void => void netron.stop().then(() => process.exit());
process.once('SIGTERM', stop);
process.once('disconnect', stop);
