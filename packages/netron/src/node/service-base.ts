import type { RemotePeer } from '../peer/remote-peer.js';
import { ServiceBase as Base } from '../service/emitter.js';
import type { Netron } from './netron.js';

/** Members of a node that its services use. */
interface Host {
  readonly netron: Netron;
  getConnection(): RemotePeer;
}

/**
 * Base class for services that emit events or use their node: gives `this.emit`, `this.netron` and `this.getConnection` their
 * types. It is optional: `@Service` adds these members to every class that lacks them.
 */
export abstract class ServiceBase<Events extends object = Record<string, unknown>> extends Base<Events, Host> {}
