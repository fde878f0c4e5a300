/** Callers of HTTP: receives a request, finds out its address and who it comes from. */
import type { NetronError } from '../errors/netron-error.js';
import { refusedLogin } from '../errors/refused-login.js';
import type { CallPeer } from '../middleware/call.js';
import type { BoundService } from '../service/call/bound-service.js';
import { isThenable } from '../util/is-thenable.js';
import { clientAddress } from './client-address.js';
import type { HttpNode } from './http-node.js';
import type { EdgeRequest } from './message.js';
import type { HttpSettings } from './options.js';
import { hidden, refused } from './refusal.js';

export class Callers {
  readonly #node: Pick<HttpNode, 'authenticates' | 'authenticate' | 'loginRefused'>;
  readonly #settings: Pick<HttpSettings, 'credentials' | 'trusts'>;

  constructor(
    node: Pick<HttpNode, 'authenticates' | 'authenticate' | 'loginRefused'>,
    settings: Pick<HttpSettings, 'credentials' | 'trusts'>,
  ) {
    this.#node = node;
    this.#settings = settings;
  }

  /** Returns the caller, as it proves itself by this request. Throws, or rejects, when it does not. */
  of(request: EdgeRequest): CallPeer | Promise<CallPeer> {
    const address = clientAddress(request.header('x-forwarded-for'), request.address, this.#settings.trusts);
    let credentials: unknown;
    try {
      credentials = this.#settings.credentials(request);
    } catch (error) {
      throw this.#unread(address, error);
    }
    if (!this.#node.authenticates && !isThenable(credentials)) return peerOf(address, undefined);
    return this.#identified(request, address, credentials);
  }

  /** The program's function could not read the credentials. */
  #unread(address: string, error: unknown): NetronError {
    this.#node.loginRefused({ id: address, address, transport: 'http' }, error);
    return refused(refusedLogin(error));
  }

  async #identified(request: EdgeRequest, address: string, credentials: unknown): Promise<CallPeer> {
    const { certificate } = request;
    let shown: unknown;
    try {
      shown = await credentials;
    } catch (error) {
      throw this.#unread(address, error);
    }
    if (!this.#node.authenticates) return peerOf(address, undefined);
    try {
      const facts = { id: address, address, transport: 'http', certificate };
      return peerOf(address, await this.#node.authenticate(shown, facts));
    } catch (error) {
      throw refused(error);
    }
  }
}

function peerOf(address: string, identity: unknown): CallPeer {
  return { id: address, address, transport: 'http', identity };
}

/** Finds a service for a caller. One that does not exist, one that is hidden and one that cannot be asked for fail alike. */
export function serviceFor(
  node: Pick<HttpNode, 'resolve'>,
  name: string,
  caller: CallPeer,
): BoundService | Promise<BoundService> {
  const found = node.resolve(name, caller);
  return found instanceof Promise ? found.catch(hidden) : found;
}
