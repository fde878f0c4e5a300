/** Calls whose streams can be resumed at another node: remembers the node of each stream. */
import { NetronError } from '../errors/netron-error.js';
import { afterAttempt } from '../errors/outcome.js';
import { plainCallPromise } from '../peer/calls/call-promise.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import { currentCall } from '../service/call/current-call.js';
import { type CallOptions, type RepeatOptions, shortenedBy, timeOf } from '../service/call/options.js';
import { runInCall } from '../service/call/running-call.js';
import { pause } from '../util/pause.js';
import type { StreamPosition } from '../wire/stream-position.js';
import type { Endpoint } from './endpoint.js';
import type { Endpoints } from './endpoints.js';
import { Reopening } from './reopening.js';
import { type OpenedStream, ResumableStream, type ResumingNode } from './resumable-stream.js';

/** Events of a peer after which its streams are resumed elsewhere. */
const leavingEvents = ['draining', 'disconnected', 'interrupted'] as const;

type Items = AsyncIterator<unknown, unknown>;

/** Node that sends a stream. */
interface Place {
  readonly endpoint: Endpoint;
  readonly peer: RemotePeer;
}

export class ResumableCalls {
  readonly #node: ResumingNode;
  readonly #endpoints: Endpoints;
  readonly #places = new WeakMap<Items, Place>();

  constructor(node: ResumingNode, endpoints: Endpoints) {
    this.#node = node;
    this.#endpoints = endpoints;
  }

  /** Records the node that has answered a call. */
  opened(result: unknown, endpoint: Endpoint, peer: RemotePeer): void {
    if (isItems(result)) this.#places.set(result, { endpoint, peer });
  }

  /**
   * Makes a call. A result that is not a stream is returned unchanged.
   *
   * @param make makes the call; called again when the node was lost before the answer, and for the items after a position
   */
  call(given: CallOptions | undefined, make: (options: CallOptions | undefined) => Promise<unknown>): Promise<unknown> {
    const reopening = new Reopening(this.#node.random, this.#endpoints);
    const first = this.#first(given, make, reopening);
    return plainCallPromise(async () => {
      const result = await first;
      if (!isItems(result)) return result;
      const open = async (from: StreamPosition | undefined): Promise<OpenedStream> => {
        const again = await make(from === undefined ? given : { ...given, resumeFrom: from });
        if (isItems(again)) return this.#stream(again);
        throw new NetronError('internal', 'a stream was to be resumed, but the result is not a stream');
      };
      return new ResumableStream(this.#node, this.#stream(result), open, reopening);
    });
  }

  /** Makes the call until it is answered, within its time. */
  async #first(
    given: CallOptions | undefined,
    make: (options: CallOptions | undefined) => Promise<unknown>,
    reopening: Reopening,
  ): Promise<unknown> {
    const { clock, requestTimeout } = this.#node;
    const start = clock.now();
    const time = timeOf(given, requestTimeout);
    const parent = currentCall();
    let made = make(given);
    let before: { readonly error: unknown } | undefined;
    for (;;) {
      try {
        return await made;
      } catch (failure) {
        const error = before === undefined ? failure : afterAttempt(before.error, failure);
        before = { error };
        // The call that this one is made for is being retried already: retries must not multiply.
        const wait = (parent?.attempt ?? 0) > 0 ? undefined : reopening.next(error);
        if (wait === undefined || clock.now() - start + wait >= time) throw error;
        // If it is canceled meanwhile, `make` fails like any call that is canceled before it begins.
        if (wait > 0) await pause(wait, clock, given?.signal).catch(() => {});
        const passed = clock.now() - start;
        const options: RepeatOptions = { ...shortenedBy(passed, given), within: time - passed, attempt: reopening.inVain };
        made = parent === undefined ? make(options) : runInCall(parent, make, options);
      }
    }
  }

  #stream(items: Items): OpenedStream {
    const place = this.#places.get(items);
    return { items, onLeaving: (leave) => (place === undefined ? () => {} : this.#watch(place, leave)) };
  }

  /** Calls back when the stream's node leaves or is lost, and another one is ready. */
  #watch({ endpoint, peer }: Place, leave: () => void): () => void {
    const tried = new Set([endpoint]);
    let left = false;
    const look = (): void => {
      if (left && this.#endpoints.selection.otherThan(tried)) leave();
    };
    const goes = (): void => {
      left = true;
      look();
    };
    const offs = leavingEvents.map((event) => peer.on(event, goes));
    // A resumed session continues the stream.
    offs.push(
      peer.on('resumed', () => {
        left = false;
      }),
    );
    const listener = {
      readyChanged(): void {},
      endpointReady: look,
      endpointGone: (gone: Endpoint): void => {
        if (gone === endpoint) goes();
      },
    };
    this.#endpoints.listeners.add(listener);
    // The node may have begun to leave while the stream was opened.
    if (peer.state !== 'ready') goes();
    return () => {
      this.#endpoints.listeners.delete(listener);
      for (const off of offs) off();
    };
  }
}

/** Whether the result of a call is a stream of items. */
function isItems(result: unknown): result is Items {
  return typeof result === 'object' && result !== null && 'next' in result && Symbol.asyncIterator in result;
}
