/** Determines the caller of a request: its address and its identity. */
import type { CallPeer } from '../middleware/call.js';
import type { BoundService } from '../service/call/bound-service.js';
import { isThenable } from '../util/is-thenable.js';
import { clientAddress } from './client-address.js';
import type { HttpNode } from './http-node.js';
import type { EdgeRequest } from './message.js';
import type { HttpSettings } from './options.js';
import { hidden, refused } from './refusal.js';

export class Callers {
  readonly #node: Pick<HttpNode, 'authenticates' | 'authenticate' | 'awaitCredentials'>;
  readonly #settings: Pick<HttpSettings, 'credentials' | 'trusts'>;

  constructor(
    node: Pick<HttpNode, 'authenticates' | 'authenticate' | 'awaitCredentials'>,
    settings: Pick<HttpSettings, 'credentials' | 'trusts'>,
  ) {
    this.#node = node;
    this.#settings = settings;
  }

  /** Returns the caller by the credentials of the request. Rejects when they are refused. */
  of(request: EdgeRequest): CallPeer | Promise<CallPeer> {
    const address = clientAddress(request.header('x-forwarded-for'), request.address, this.#settings.trusts);
    const credentials = this.#shown(request);
    if (!this.#node.authenticates && !isThenable(credentials)) return peerOf(address, undefined);
    return this.#identified(request, address, credentials);
  }

  #shown(request: EdgeRequest): unknown {
    try {
      return this.#settings.credentials(request);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #identified({ certificate }: EdgeRequest, address: string, credentials: unknown): Promise<CallPeer> {
    const facts = { id: address, address, transport: 'http', certificate };
    try {
      const shown = isThenable(credentials) ? await this.#node.awaitCredentials(credentials, facts) : credentials;
      return peerOf(address, this.#node.authenticates ? await this.#node.authenticate(shown, facts) : undefined);
    } catch (error) {
      throw refused(error);
    }
  }
}

function peerOf(address: string, identity: unknown): CallPeer {
  return { id: address, address, transport: 'http', identity };
}

/** Finds a service for a caller. A service that does not exist, is hidden, or has an invalid name fails with the same error. */
export function serviceFor(
  node: Pick<HttpNode, 'resolve'>,
  name: string,
  caller: CallPeer,
): BoundService | Promise<BoundService> {
  const found = node.resolve(name, caller);
  return found instanceof Promise ? found.catch(hidden) : found;
}
