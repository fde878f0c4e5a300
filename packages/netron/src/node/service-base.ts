import type { RemotePeer } from '../peer/remote-peer.js';
import { ServiceBase as Base } from '../service/emitter.js';
import type { Netron } from './netron.js';

/** Members of a node that the services exposed on it use. */
interface Host {
  readonly netron: Netron;
  getConnection(): RemotePeer;
}

/**
 * Base of services that emit events or ask for their node: gives `this.emit`, `this.netron` and `this.getConnection` their
 * types. Nothing requires it: `@Service` gives these members to every class that lacks them.
 */
export abstract class ServiceBase<Events extends object = Record<string, unknown>> extends Base<Events, Host> {}
