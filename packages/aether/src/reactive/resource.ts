import { dev } from '#dev';
import { batch, untrack } from './batch.js';
import { reaction } from './effect.js';
import { toError } from './error.js';
import { active } from './graph.js';
import { OwnedSuspension } from './owned-suspension.js';
import { activeScope, type Scope } from './owner.js';
import { type Equals, type Signal, signal, type WritableSignal } from './signal.js';

/** Information for a fetcher. */
export interface FetchInfo {
  /** Aborted when a later request starts, `mutate` is called or the owner of the resource ends. */
  readonly signal: AbortSignal;
  /** Value of the resource at the time of the request. Not typed, because the type of the value is inferred from the answer. */
  readonly previous: unknown;
}

/** Result of a fetcher. Each value of an async iterable replaces the previous one. */
export type Answer<T> = T | PromiseLike<T> | AsyncIterable<T>;

/** Options of `resource`. */
export interface ResourceOptions<T> {
  /** Value until the first answer. */
  readonly initial?: T | undefined;
  /** Makes `Suspense` wait for the first answer. Default `false`: reading returns `undefined` until then. */
  readonly suspend?: boolean | undefined;
  /** Decides whether an answer equals the previous value. Default `Object.is`. */
  readonly equals?: Equals<T | undefined> | undefined;
  readonly name?: string | undefined;
  /**
   * Name, unique in the page, under which a server embeds its answer in the page, which then does not fetch it again. The
   * answer must be plain data: rendering fails if it contains anything else, such as a `Date`, and reports its path. Pass
   * everything that changes the request as a `source`.
   */
  readonly key?: string | undefined;
}

/** Key of the handover from server to page in a context. */
export const handoverKey = Symbol('aether.handover');

/** Answers of resources, by their keys. */
export interface Handover {
  /** Returns an embedded answer, once. */
  take(key: string): { readonly value: unknown } | undefined;
  /** Returns a function that restores all answers taken until it is called. */
  keep?(): () => void;
  /**
   * Offers an answer to embed, if there is one at the end.
   *
   * @param owner end of the offer; no other answer may have that key meanwhile
   */
  offer(key: string, read: ReadAnswer, owner?: Scope): void;
}

/** Returns the embedded answer of a key, at once or when its code is loaded; `undefined` if there is none. */
export type ReadAnswer = () => Handed | undefined | Promise<Handed | undefined>;

interface Handed {
  readonly value: unknown;
}

/** A value that is fetched, with `loading`, `error`, `refetch` and `mutate`. `D` is its type until the first answer. */
export type Resource<T, D = undefined> = Signal<T | D> & {
  /** Whether a request is in flight. */
  readonly loading: Signal<boolean>;
  /** Error of the latest answer; `undefined` after a value. Other thrown values are wrapped in an `Error`. */
  readonly error: Signal<Error | undefined>;
  /** Requests again. Resolves when the latest request has been answered or the owner is disposed; never rejects. */
  refetch(): Promise<void>;
  /** Replaces the value and aborts the request in flight. */
  mutate(value: T): void;
};

class Request<T> {
  readonly value: WritableSignal<T | undefined>;
  readonly loading = signal(false);
  readonly error = signal<Error | undefined>(undefined);
  /** Whether a value has arrived, or was set. */
  answered: boolean;
  private controller: AbortController | undefined;
  private waiting: (() => void)[] = [];
  /** Waits for the first answer, whether or not there is a source. */
  private suspended: (() => void)[] = [];
  /** Declared only: called before each answer is shown, in development. */
  declare answering?: () => void;

  constructor(options: ResourceOptions<T>) {
    this.value = signal(options.initial, { equals: options.equals, name: options.name });
    this.answered = options.initial !== undefined;
  }

  /** Aborts the request in flight and starts another one. Called in an effect that tracks the reads of `fetch`. */
  start(fetch: (info: FetchInfo) => Answer<T>): void {
    this.abort();
    const controller = new AbortController();
    this.controller = controller;
    let answer: Answer<T>;
    try {
      answer = fetch({ signal: controller.signal, previous: this.value.peek() });
    } catch (error) {
      this.fail(controller, error);
      return;
    }
    if (isThenable(answer)) {
      this.loading.set(true);
      answer.then(
        (value) => {
          if (isIterable(value)) void this.follow(controller, value);
          else this.answer(controller, value);
        },
        (error: unknown) => this.fail(controller, error),
      );
    } else if (isIterable(answer)) {
      this.loading.set(true);
      void this.follow(controller, answer);
    } else this.answer(controller, answer as T);
  }

  /** Aborts the request in flight; its answer is ignored. */
  abort(): void {
    const { controller } = this;
    this.controller = undefined;
    controller?.abort();
  }

  /**
   * Ends without a request in flight.
   *
   * @param pauses whether another one follows once there is a source again
   */
  rest(pauses = false): void {
    this.abort();
    this.loading.set(false);
    this.release(pauses);
  }

  /** Resolves when no request is in flight. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Resolves when there is an answer, or none will come. */
  first(): Promise<void> {
    return new Promise((resolve) => this.suspended.push(resolve));
  }

  replace(value: T): void {
    batch(() => {
      this.answered = true;
      this.value.set(value);
      this.error.set(undefined);
      this.rest();
    });
  }

  private async follow(controller: AbortController, values: AsyncIterable<T>): Promise<void> {
    try {
      const iterator = values[Symbol.asyncIterator]();
      const stop = () => void Promise.resolve(iterator.return?.()).catch(() => {});
      if (controller.signal.aborted) return stop();
      controller.signal.addEventListener('abort', stop, { once: true });
      for (let step = await iterator.next(); !step.done && this.controller === controller; step = await iterator.next()) {
        this.take(step.value);
      }
      if (this.controller === controller) this.rest();
    } catch (error) {
      this.fail(controller, error);
    }
  }

  private answer(controller: AbortController, value: T): void {
    if (this.controller !== controller) return;
    this.controller = undefined;
    this.take(value);
    this.release();
  }

  private take(value: T): void {
    if (dev) this.answering?.();
    batch(() => {
      this.answered = true;
      this.value.set(value);
      this.error.set(undefined);
      this.loading.set(false);
    });
  }

  private fail(controller: AbortController, error: unknown): void {
    if (this.controller !== controller) return;
    this.controller = undefined;
    if (dev) this.answering?.();
    batch(() => {
      this.error.set(toError(error));
      this.loading.set(false);
    });
    this.release();
  }

  private release(pauses = false): void {
    for (const resolve of this.waiting.splice(0)) resolve();
    if (!pauses) for (const resolve of this.suspended.splice(0)) resolve();
  }
}

const isThenable = (value: unknown): value is PromiseLike<never> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

const isIterable = (value: unknown): value is AsyncIterable<never> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

type Source<S> = () => S | undefined | null | false;
type Fetcher<T> = (info: FetchInfo) => Answer<T>;
type SourceFetcher<S, T> = (source: S, info: FetchInfo) => Answer<T>;

/**
 * Creates a value that is fetched: at once, and again when a value changes that the fetcher has read before its first
 * `await`. With a `source`, it is fetched for each value of the source instead; `undefined`, `null` and `false` wait.
 *
 * A later request aborts the earlier one, whose answer is ignored. The value stays during a refetch and when that fails.
 * Reading never throws, except with `suspend` before the first answer.
 *
 * ```ts
 * const user = resource(() => userId(), (id, { signal }) => fetchUser(id, signal));
 * user(); user.loading(); user.error();
 * ```
 */
export function resource<T>(fetcher: Fetcher<T>, options: ResourceOptions<T> & { initial: T }): Resource<T, T>;
export function resource<T>(fetcher: Fetcher<T>, options?: ResourceOptions<T>): Resource<T>;
export function resource<S, T>(
  source: Source<S>,
  fetcher: SourceFetcher<S, T>,
  options: ResourceOptions<T> & { initial: T },
): Resource<T, T>;
export function resource<S, T>(source: Source<S>, fetcher: SourceFetcher<S, T>, options?: ResourceOptions<T>): Resource<T>;
export function resource<S, T>(
  first: Source<S> | Fetcher<T>,
  second?: SourceFetcher<S, T> | ResourceOptions<T>,
  third?: ResourceOptions<T>,
): Resource<T> {
  const bySource = typeof second === 'function';
  const options = (bySource ? third : second) ?? {};
  if (dev)
    dev.optionsGiven('resource', options, { initial: true, suspend: true, equals: true, name: true, key: true } satisfies Record<
      keyof ResourceOptions<T>,
      true
    >);
  const request = new Request<T>(options);
  const requested = signal(0);
  const owner = activeScope();
  let ended = false;
  if (dev) request.answering = dev.answersOf(owner, [request.value, request.loading, request.error], active, options.name);
  let handed = takeOver(options.key, request, owner);

  reaction(() => {
    requested();
    const skip = handed;
    handed = false;
    if (skip) {
      if (bySource) (first as Source<S>)();
      return;
    }
    if (!bySource) {
      request.start(first as Fetcher<T>);
      return;
    }
    const source = (first as Source<S>)();
    untrack(() => {
      if (source === undefined || source === null || source === false) request.rest(true);
      else request.start((info) => second(source, info));
    });
  }, options.name ?? 'resource');
  owner?.defer(() => {
    ended = true;
    batch(() => request.rest());
  });

  const read = (value: () => T | undefined) => (): T | undefined => {
    // Read first, so that a suspended reader runs again when the answer arrives.
    const current = value();
    if (!options.suspend || request.answered) return current;
    const error = request.error();
    if (error !== undefined) throw error;
    throw new OwnedSuspension(request.first(), owner);
  };
  return Object.assign(read(request.value), {
    peek: read(request.value.peek.bind(request.value)),
    loading: request.loading as Signal<boolean>,
    error: request.error as Signal<Error | undefined>,
    mutate: (value: T) => request.replace(value),
    async refetch() {
      if (ended) return;
      const settled = request.settled();
      requested.update((count) => count + 1);
      await settled;
    },
  });
}

/** Uses the embedded answer of a server, or offers its own. Returns whether there was one. */
function takeOver<T>(key: string | undefined, request: Request<T>, owner: Scope | undefined): boolean {
  const handover = owner?.context?.[handoverKey] as Handover | undefined;
  if (key === undefined || handover === undefined) return false;
  const handed = handover.take(key);
  if (handed !== undefined) request.replace(handed.value as T);
  handover.offer(key, () => (request.answered ? { value: request.value.peek() } : undefined), owner);
  return handed !== undefined;
}
