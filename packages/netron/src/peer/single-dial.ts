/** The connecting side of a peer with a single connection: connects to an address, and closes the peer with its connection. */
import { needs } from '../errors/missing-part.js';
import { NetronError } from '../errors/netron-error.js';
import type { ConnectionReceiver } from '../transport/transport.js';
import { onAbort } from '../util/on-abort.js';
import { Stop } from '../util/stop.js';
import { canceled, type DialOptions, dial, type Greeted, nobody } from './dial.js';
import { DialTargets } from './dial-targets.js';
import { isFinal } from './final-error.js';
import { Link } from './link/link.js';
import type { LinkConnection } from './link/link-connection.js';
import type { Reconnector, RemotePeer } from './remote-peer.js';

export class SingleDial implements Reconnector {
  readonly dialed = true;
  readonly #options: DialOptions;
  readonly #stop = new Stop();
  #peer: RemotePeer | undefined;

  constructor(options: DialOptions) {
    this.#options = options;
  }

  /**
   * Connects to the first address that accepts.
   *
   * @throws the error of the last attempt
   */
  async connect(signal: AbortSignal | undefined): Promise<RemotePeer> {
    const { node, target, peerKey } = this.#options;
    const targets = new DialTargets(target, node.random);
    const begin = (connection: LinkConnection, greeted: Greeted): ConnectionReceiver => this.#begin(connection, greeted);
    const stop = this.#stop;
    const off = signal && onAbort(signal, (reason) => stop.stop(reason));
    try {
      await targets.anywhere(
        () => dial(this.#options, { target: targets.current, stop, peerKey, begin }),
        (error) => stop.stopped || isFinal(error),
      );
    } catch (error) {
      throw stop.stopped ? canceled(stop) : NetronError.from(error, 'unavailable');
    } finally {
      off?.();
    }
    return this.#peer as RemotePeer;
  }

  #begin(connection: LinkConnection, { hello, remote, advertised }: Greeted): ConnectionReceiver {
    const { node, adopt } = this.#options;
    const peer = adopt(remote.id, 1, this);
    this.#peer = peer;
    const link = new Link(connection, node, peer, hello, remote, advertised);
    peer.attach(link, remote, nobody);
    return link;
  }

  lost(peer: RemotePeer, error: Error | undefined): void {
    peer.life.close(`${error?.message ?? 'the connection was closed'}; reconnecting requires ${needs('reconnect')}`);
  }

  ended(): void {
    this.#stop.stop('the peer was released');
  }
}
