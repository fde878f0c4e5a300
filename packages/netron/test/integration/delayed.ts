/** A memory transport whose line is long: what is said arrives later, by a clock. */
import { type Clock, type Connection, type ConnectOptions, MemoryTransport } from '../../src/index.js';
import type { ConnectionReceiver } from '../../src/types.js';

export class DelayedTransport extends MemoryTransport {
  /** Bytes on the way to the end that has connected, at most. */
  mostOnTheWay = 0;
  readonly #clock: Clock;
  readonly #ms: number;

  /** @param ms how long each way takes */
  constructor(clock: Clock, ms: number) {
    super();
    this.#clock = clock;
    this.#ms = ms;
  }

  override async connect(url: string, options?: ConnectOptions): Promise<Connection> {
    const connection = await super.connect(url, options);
    const later = (action: () => void): unknown => this.#clock.setTimeout(action, this.#ms);
    let onTheWay = 0;
    const delayed: Connection = {
      remoteAddress: connection.remoteAddress,
      pending: 0,
      start: (receiver: ConnectionReceiver) =>
        connection.start({
          message: (bytes) => {
            onTheWay += bytes.length;
            this.mostOnTheWay = Math.max(this.mostOnTheWay, onTheWay);
            later(() => {
              onTheWay -= bytes.length;
              receiver.message(bytes);
            });
          },
          drained: () => receiver.drained(),
          closed: (error) => void later(() => receiver.closed(error)),
        }),
      send: (message) => {
        const copy = message.slice();
        later(() => connection.send(copy));
        return true;
      },
      pause() {},
      resume() {},
      close: (code, reason) => void later(() => connection.close(code, reason)),
      terminate: () => connection.terminate(),
    };
    return delayed;
  }
}
