/** Keeps something, such as a subscription, at every node at which a service is called: begins it where nodes are added, and ends it with them. */
import type { Endpoint } from './endpoint.js';
import type { Endpoints } from './endpoints.js';

/** Ends it at one node. */
type End = () => Promise<void>;

/** Returns whether it continues by itself when a node's place is replaced by another one. */
type GoesOn<Place> = (before: Place, place: Place) => boolean;

/** @typeParam Place the object on which it is begun at a node: a service, a peer */
export class EveryNode<Place extends object> {
  readonly #endpoints: Endpoints;
  readonly #placeOf: (endpoint: Endpoint) => Place | undefined;
  readonly #failed: (error: unknown) => void;
  readonly #goesOn: GoesOn<Place>;

  /**
   * @param failed called with errors of nodes that are added later
   * @param goesOn default: never
   */
  constructor(
    endpoints: Endpoints,
    placeOf: (endpoint: Endpoint) => Place | undefined,
    failed: (error: unknown) => void,
    goesOn: GoesOn<Place> = () => false,
  ) {
    this.#endpoints = endpoints;
    this.#placeOf = placeOf;
    this.#failed = failed;
    this.#goesOn = goesOn;
  }

  /**
   * Begins it at each ready node, and at nodes that are added later.
   *
   * @returns a function that ends it everywhere
   * @throws the first error when it fails at every ready node
   */
  async add(begin: (place: Place) => Promise<End>): Promise<End> {
    const begun = new Begun(this.#placeOf, begin, this.#goesOn);
    const off = this.#follow(begun);
    const results = await Promise.allSettled(this.#ready.map((endpoint) => begun.at(endpoint)));
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    if (refused.length > 0 && refused.length === results.length) {
      off();
      // A node that was added meanwhile may have accepted it.
      await begun.end().catch(() => {});
      throw refused[0];
    }
    for (const error of refused) this.#failed(error);
    return () => {
      off();
      return begun.end();
    };
  }

  /** The same, even if no node accepts it now. */
  keep(begin: (place: Place) => Promise<End>): End {
    const begun = new Begun(this.#placeOf, begin, this.#goesOn);
    const off = this.#follow(begun);
    for (const endpoint of this.#ready) begun.at(endpoint).catch(this.#failed);
    return () => {
      off();
      return begun.end();
    };
  }

  get #ready(): Endpoint[] {
    return [...this.#endpoints.endpoints].filter((endpoint) => endpoint.ready);
  }

  #follow(begun: Begun<Place>): () => void {
    const listener = {
      readyChanged(): void {},
      endpointReady: (endpoint: Endpoint): void => void begun.at(endpoint).catch(this.#failed),
      endpointGone: (endpoint: Endpoint): void => begun.leave(endpoint),
    };
    this.#endpoints.listeners.add(listener);
    return () => void this.#endpoints.listeners.delete(listener);
  }
}

/** Something that was begun, with the function that ends it at each node. */
class Begun<Place extends object> {
  readonly #placeOf: (endpoint: Endpoint) => Place | undefined;
  readonly #begin: (place: Place) => Promise<End>;
  readonly #goesOn: GoesOn<Place>;
  readonly #nodes = new Map<Endpoint, { readonly place: Place; end: End | undefined }>();
  #over = false;

  constructor(placeOf: (endpoint: Endpoint) => Place | undefined, begin: (place: Place) => Promise<End>, goesOn: GoesOn<Place>) {
    this.#placeOf = placeOf;
    this.#begin = begin;
    this.#goesOn = goesOn;
  }

  async at(endpoint: Endpoint): Promise<void> {
    const place = this.#placeOf(endpoint);
    const before = this.#nodes.get(endpoint);
    // After a reconnect, the place renews it by itself.
    if (place === undefined || before?.place === place) return;
    if (before !== undefined && this.#goesOn(before.place, place)) return;
    const here = { place, end: undefined as End | undefined };
    this.#nodes.set(endpoint, here);
    try {
      const end = await this.#begin(place);
      if (this.#over || this.#nodes.get(endpoint) !== here) await end();
      else here.end = end;
    } catch (error) {
      if (this.#nodes.get(endpoint) === here) this.#nodes.delete(endpoint);
      throw error;
    } finally {
      before?.end?.().catch(() => {});
    }
  }

  /** Ends it at a node that is no longer called, if the connection still exists. */
  leave(endpoint: Endpoint): void {
    const here = this.#nodes.get(endpoint);
    this.#nodes.delete(endpoint);
    here?.end?.().catch(() => {});
  }

  async end(): Promise<void> {
    this.#over = true;
    await Promise.all([...this.#nodes.values()].map(({ end }) => end?.()));
  }
}
