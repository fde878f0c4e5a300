import { NetronError } from '../errors/netron-error.js';
import type { Transport } from './transport.js';

/** Names of transports that connect to objects instead of addresses. */
const forObjects: readonly string[] = ['ipc', 'message-port'];

/** The transports of one node: finds one by its name or for an address. */
export class Transports {
  readonly #byName = new Map<string, Transport>();

  /** @param transports later ones replace earlier ones of the same name */
  constructor(transports: readonly Transport[]) {
    for (const transport of transports) this.#byName.set(transport.name, transport);
  }

  get all(): Transport[] {
    return [...this.#byName.values()];
  }

  /** @throws TypeError when there is none of that name */
  named(name: string): Transport {
    const transport = this.#byName.get(name);
    if (transport === undefined)
      throw new TypeError(`unknown transport '${name}'; known: ${[...this.#byName.keys()].join(', ')}`);
    return transport;
  }

  /** The transport that connects to objects: in Node to child processes, workers and ports, in browsers to the latter two. */
  get forObjects(): Transport {
    return this.#byName.get('ipc') ?? this.named('message-port');
  }

  /** @throws NetronError `invalid_argument`, with a list of the known schemes, when no transport serves the address */
  forAddress(address: string): Transport {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase();
    const transport = this.all.find(({ schemes }) => scheme !== undefined && schemes.includes(scheme));
    if (transport === undefined) {
      const known = this.all.filter(({ name }) => !forObjects.includes(name)).flatMap(({ schemes }) => schemes);
      throw new NetronError(
        'invalid_argument',
        `unsupported address '${address}': it must start with ${known.map((name) => `${name}:`).join(', ')}`,
      );
    }
    return transport;
  }
}
