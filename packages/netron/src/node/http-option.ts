/** HTTP on a node, according to its options: loads the HTTP handler when the node starts and passes it to the listeners. */
import type { HttpHost } from '../http/handler.js';
import type { NodeRequest, NodeResponse } from '../http/node-messages.js';
import type { HttpHandler } from '../transport/transport.js';
import type { Clock } from '../util/clock.js';
import type { Limits } from '../wire/limits.js';
import type { HttpListen } from './options.js';

/** A node that serves HTTP. */
export interface HttpServing extends HttpHost {
  /** @throws TypeError when there is a handler already */
  serveHttp(handler: HttpHandler): unknown;
}

export class HttpOption {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #options: HttpListen;
  /** Resolves when the handler is installed; kept so that this is done once. */
  #serving: Promise<void> | undefined;

  constructor(clock: Clock, limits: Limits, options: HttpListen) {
    this.#clock = clock;
    this.#limits = limits;
    this.#options = options;
  }

  /** Installs the handler of HTTP requests on a node, once; after a failure it may be called again. */
  start(netron: HttpServing): Promise<void> {
    this.#serving ??= this.#serve(netron);
    return this.#serving;
  }

  async #serve(netron: HttpServing): Promise<void> {
    try {
      netron.serveHttp(await this.#requests(netron));
    } catch (error) {
      this.#serving = undefined;
      throw error;
    }
  }

  /** Makes the handler of the node's requests, with the node's clock, and its limits of long messages for bodies. */
  async #requests(netron: HttpHost): Promise<HttpHandler> {
    const { httpHandler } = await import('../http/handler.js');
    const { message: maxBody, elements: maxElements } = this.#limits;
    const { node, texts, clientOf } = httpHandler(netron, { clock: this.#clock, maxBody, maxElements, ...this.#options });
    return {
      ...{ texts, clientOf, endsStalled: true },
      request: (request, response) => void node(request as NodeRequest, response as NodeResponse),
    };
  }
}
