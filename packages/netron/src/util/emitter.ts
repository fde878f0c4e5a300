/** A listener of one event. */
export type Listener<T> = (data: T) => unknown;

/** A listener of every event. */
export type AnyListener<Events> = (event: Extract<keyof Events, string>, data: Events[keyof Events]) => unknown;

/** Starts listening to an event; `'*'` means every event. Returns a function that stops it, which may be called twice. */
export interface Listen<Events> {
  <K extends Extract<keyof Events, string>>(event: K, listener: Listener<Events[K]>): () => void;
  (event: '*', listener: AnyListener<Events>): () => void;
}

/** Removes one subscription of a listener, the latest; without one, does nothing. */
export interface Unlisten<Events> {
  <K extends Extract<keyof Events, string>>(event: K, listener: Listener<Events[K]>): void;
  (event: '*', listener: AnyListener<Events>): void;
}

/** Called when a listener throws or its promise rejects. */
export type ListenerFailed = (error: unknown, event: string) => void;

/** Payloads of type `void` or `undefined` need no second argument. */
export type Payload<T> = undefined extends T ? [data?: T] : [data: T];

/**
 * Events of one object for its listeners, which are called synchronously in the order of subscription. A listener that throws or rejects
 * stops neither the others nor the emitter: the constructor's hook is called. `error` is an event like any other.
 *
 * @typeParam Events maps each event's name to the data of its listeners
 */
export class Emitter<Events extends object> {
  /** Lists are replaced, never changed, so that an emission in progress keeps its list. Created with the first listener. */
  #listeners: Map<string, readonly Entry[]> | undefined;
  readonly #failed: ListenerFailed;

  constructor(failed: ListenerFailed) {
    this.#failed = failed;
  }

  /** Calls `listener` for each `event`; `'*'` means every event. Returns a function that stops it, which may be called twice. */
  on<K extends Extract<keyof Events, string>>(event: K, listener: Listener<Events[K]>): () => void;
  on(event: '*', listener: AnyListener<Events>): () => void;
  on(event: string, listener: unknown): () => void {
    return this.#add(event, { listener: listener as Stored, once: false });
  }

  /** Like `on`, for the next `event` only. */
  once<K extends Extract<keyof Events, string>>(event: K, listener: Listener<Events[K]>): () => void;
  once(event: '*', listener: AnyListener<Events>): () => void;
  once(event: string, listener: unknown): () => void {
    return this.#add(event, { listener: listener as Stored, once: true });
  }

  /** Removes one subscription of `listener`, the latest; without one, does nothing. */
  off<K extends Extract<keyof Events, string>>(event: K, listener: Listener<Events[K]>): void;
  off(event: '*', listener: AnyListener<Events>): void;
  off(event: string, listener: unknown): void {
    const entry = this.#listeners?.get(event)?.findLast((candidate) => candidate.listener === listener);
    if (entry !== undefined) this.#remove(event, entry);
  }

  emit<K extends Extract<keyof Events, string>>(event: K, ...data: Payload<Events[K]>): void {
    const listeners = this.#listeners;
    if (listeners === undefined) return;
    for (const entry of listeners.get(event) ?? none) this.#call(event, event, entry, data);
    const all = listeners.get('*');
    if (all !== undefined) for (const entry of all) this.#call('*', event, entry, [event, ...data]);
  }

  /** Whether `event` has listeners: check it before building an expensive payload. */
  observed(event: Extract<keyof Events, string>): boolean {
    return this.#listeners !== undefined && (this.#listeners.has(event) || this.#listeners.has('*'));
  }

  #add(event: string, entry: Entry): () => void {
    if (typeof entry.listener !== 'function') throw new TypeError(`listener of '${event}' must be a function`);
    this.#listeners ??= new Map();
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? none), entry]);
    return () => this.#remove(event, entry);
  }

  #remove(event: string, entry: Entry): void {
    const rest = this.#listeners?.get(event)?.filter((candidate) => candidate !== entry);
    if (rest === undefined) return;
    if (rest.length === 0) this.#listeners?.delete(event);
    else this.#listeners?.set(event, rest);
  }

  #call(key: string, event: string, entry: Entry, args: readonly unknown[]): void {
    if (entry.once) {
      // A nested emission has called the listener already.
      if (entry.done === true) return;
      entry.done = true;
      this.#remove(key, entry);
    }
    try {
      const result = entry.listener(...args);
      if (result instanceof Promise) result.catch((error: unknown) => this.#fail(error, event));
    } catch (error) {
      this.#fail(error, event);
    }
  }

  #fail(error: unknown, event: string): void {
    try {
      this.#failed(error, event);
    } catch {
      // The last hook has failed: there is no one to report it to.
    }
  }
}

type Stored = (...args: unknown[]) => unknown;

interface Entry {
  readonly listener: Stored;
  readonly once: boolean;
  done?: boolean;
}

const none: readonly Entry[] = [];
