import { NetronError } from '../errors/netron-error.js';
import { AcceptQueue } from '../transport/accept-queue.js';
import { connectAttempt } from '../transport/connect-attempt.js';
import { checkTransportOptions } from '../transport/option-names.js';
import { nobodyListens } from '../transport/refused.js';
import type {
  Connection,
  ConnectOptions,
  ListenOptions,
  Server,
  Transport,
  TransportCapabilities,
} from '../transport/transport.js';
import { SimulatedConnection } from './connection.js';
import type { NetworkProcess, SimulatedListener, SimulatedNetwork } from './network.js';

const scheme = 'sim:';

/** Transport of one process in a simulated network, with addresses `sim:<name>`. */
export class SimulatedTransport implements Transport {
  readonly name = 'sim';
  readonly schemes = ['sim'] as const;
  readonly supports: TransportCapabilities = { streaming: true, bidirectional: true, binary: true, reconnection: true };
  readonly #process: NetworkProcess;
  readonly #network: SimulatedNetwork;

  constructor(process: NetworkProcess, network: SimulatedNetwork) {
    this.#process = process;
    this.#network = network;
  }

  async connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
    checkTransportOptions(this, options);
    const process = this.#process;
    const network = this.#network;
    const name = nameOf(url);
    return connectAttempt<Connection>(url, { ...options, clock: process.clock }, ({ done, failed }) => {
      let over = false;
      let near: SimulatedConnection | undefined;
      const there = network.line(process.name, network.find(name)?.process.name ?? name);
      there.send(() => {
        const listener = network.find(name);
        const answer = (action: () => void): void =>
          network.line(listener?.process.name ?? name, process.name).send(() => process.enter(action));
        if (listener === undefined) {
          return answer(() => failed(nobodyListens(url)));
        }
        listener.process.enter(() => {
          // The connecting process may have died meanwhile.
          if (over || !process.alive) return;
          const number = network.opened();
          const opened = new SimulatedConnection({
            ...{ number, process, to: listener.process.name, network },
            maxMessage: options.maxMessage,
          });
          const far = new SimulatedConnection({
            ...{ number, process: listener.process, to: process.name, network },
            maxMessage: listener.maxMessage,
          });
          near = opened;
          opened.other = far;
          far.other = opened;
          listener.process.later(() => listener.accept(far));
          far.line.send(() => process.enter(() => done(opened)));
        });
      });
      return () => {
        over = true;
        near?.terminate();
      };
    });
  }

  async listen(at: number | string = '', options: ListenOptions = {}): Promise<Server> {
    checkTransportOptions(this, options);
    const process = this.#process;
    const network = this.#network;
    const name = nameOf(String(at || process.name));
    const room = new AcceptQueue();
    const listener: SimulatedListener = {
      process,
      maxMessage: options.maxMessage,
      accept: (connection) => room.add(connection),
    };
    if (!network.listen(name, listener)) {
      throw new NetronError('unavailable', `cannot listen at ${scheme}${name}: the name is in use`);
    }
    return {
      address: scheme + name,
      accept: (onConnection) => room.accept(onConnection),
      async close() {
        network.release(name, listener);
        room.close();
      },
    };
  }
}

function nameOf(url: string): string {
  return url.startsWith(scheme) ? url.slice(scheme.length) : url;
}
