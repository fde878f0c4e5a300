/** Something that is to be at every node that a service is called at, such as a subscription: begun where nodes come, ended with it. */
import type { Endpoint } from './endpoint.js';
import type { Endpoints } from './endpoints.js';

/** Ends what was begun at one node. */
type End = () => Promise<void>;

/** @typeParam Place where it is begun at a node: a service, a peer */
export class EveryNode<Place extends object> {
  readonly #endpoints: Endpoints;
  readonly #placeOf: (endpoint: Endpoint) => Place | undefined;
  readonly #failed: (error: unknown) => void;

  /** @param failed told of nodes that come later and refuse it */
  constructor(endpoints: Endpoints, placeOf: (endpoint: Endpoint) => Place | undefined, failed: (error: unknown) => void) {
    this.#endpoints = endpoints;
    this.#placeOf = placeOf;
    this.#failed = failed;
  }

  /**
   * Begins at each node that is ready, and at those that come.
   *
   * @returns ends it everywhere
   * @throws what it fails with when it fails at each node that is ready
   */
  async add(begin: (place: Place) => Promise<End>): Promise<End> {
    const begun = new Map<Endpoint, { readonly place: Place; end: End | undefined }>();
    let over = false;
    const at = async (endpoint: Endpoint): Promise<void> => {
      const place = this.#placeOf(endpoint);
      const before = begun.get(endpoint);
      // A connection that comes back renews by itself what it had.
      if (place === undefined || before?.place === place) return;
      const here = { place, end: undefined as End | undefined };
      begun.set(endpoint, here);
      try {
        const end = await begin(place);
        if (over || begun.get(endpoint) !== here) await end();
        else here.end = end;
        await before?.end?.();
      } catch (error) {
        if (begun.get(endpoint) === here) begun.delete(endpoint);
        throw error;
      }
    };
    const listener = {
      readyChanged(): void {},
      endpointReady: (endpoint: Endpoint): void => void at(endpoint).catch(this.#failed),
      endpointGone: (endpoint: Endpoint): void => void begun.delete(endpoint),
    };
    this.#endpoints.listeners.add(listener);
    const there = [...this.#endpoints.endpoints].filter((endpoint) => endpoint.ready);
    const results = await Promise.allSettled(there.map(at));
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    if (refused.length > 0 && refused.length === results.length) {
      this.#endpoints.listeners.delete(listener);
      throw refused[0];
    }
    for (const error of refused) this.#failed(error);
    return async () => {
      over = true;
      this.#endpoints.listeners.delete(listener);
      await Promise.all([...begun.values()].map(({ end }) => end?.()));
    };
  }
}
