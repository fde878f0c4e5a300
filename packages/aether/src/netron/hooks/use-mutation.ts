import { onlyOptions } from '@omnitron-dev/netron-browser';
import { inject } from '../../di/inject.js';
import { batch } from '../../reactive/batch.js';
import { computed } from '../../reactive/computed.js';
import { toError } from '../../reactive/error.js';
import { errorHandler, onCleanup } from '../../reactive/owner.js';
import { type Signal, signal, type WritableSignal } from '../../reactive/signal.js';
import { capturing } from '../base/captured.js';
import { isOverridden } from '../base/netron-service.js';
import { change, NetronClient, told } from '../client.js';
import { getMethodOptions, getServiceName, mutationNames } from '../metadata.js';
import type { Args, MutateOptions, NamedQuery, Optimistic, Result, ServiceClass, UploadProgress } from '../types.js';

/** State of a mutation, in signals, and the function that runs it. Another user is shown nothing of it. */
export interface MutationState<A extends readonly unknown[], T> {
  /**
   * Calls the method. A call that outlives its component resolves, and sets no signal.
   *
   * @throws NetronError or what the method throws. Errors of `onSuccess` and `onError` go to the nearest `ErrorBoundary`.
   */
  mutate(...args: A): Promise<T>;
  /** Whether a call is in flight. */
  readonly loading: Signal<boolean>;
  /** Error of the latest call. */
  readonly error: Signal<Error | undefined>;
  /** Result of the latest call that succeeded. */
  readonly data: Signal<T | undefined>;
  /**
   * Bytes sent of the files and streams of the latest call, and their total if known; `undefined` before the first. Bytes
   * are counted only after this was read, so read it in the component's setup.
   */
  readonly progress: Signal<UploadProgress | undefined>;
  /** Clears result, error and progress. */
  reset(): void;
}

/**
 * Creates a mutation, with an optimistic update that a failure rolls back, and with tags of the data that it invalidates.
 *
 * ```tsx
 * const { mutate, loading } = useMutation(UserService, 'rename', { invalidate: ['users'] });
 * ```
 *
 * @throws TypeError for unknown options
 */
export function useMutation<S extends object, M extends string, Q extends string = never, C = unknown>(
  service: ServiceClass<S>,
  method: NamedQuery<S, M>,
  options: MutateOptions<Args<S, M>, Result<S, M>, Optimistic<S, Q, Args<S, M>, C>> = {},
): MutationState<Args<S, M>, Result<S, M>> {
  type T = Result<S, M>;
  onlyOptions(`${getServiceName(service)}.${method}`, options, mutationNames());
  const client = inject(NetronClient);
  const running = signal(0);
  const error = signal<Error | undefined>(undefined);
  const data = signal<T | undefined>(undefined);
  // Created on first read: counting uses another way to send.
  let progress: WritableSignal<UploadProgress | undefined> | undefined;
  const handle = errorHandler();
  let latest = 0;
  let ended = false;
  const reset = () => {
    latest++;
    batch(() => {
      error.set(undefined);
      data.set(undefined);
      progress?.set(undefined);
    });
  };
  const leave = client.locate(service).peer.onUserChange(reset);
  onCleanup(() => {
    ended = true;
    leave();
  });

  const settle = (turn: number, write: () => void): void => {
    if (ended) return;
    batch(() => {
      running.update((count) => count - 1);
      if (turn === latest) write();
    });
  };
  const mutate = async (...args: Args<S, M>): Promise<T> => {
    const turn = ++latest;
    if (!ended) {
      batch(() => {
        running.update((count) => count + 1);
        error.set(undefined);
        progress?.set(undefined);
      });
    }
    const counted = progress;
    const all: typeof options =
      counted === undefined
        ? options
        : {
            ...options,
            progress(sent) {
              options.progress?.(sent);
              if (!ended && turn === latest) counted.set(sent);
            },
          };
    try {
      const result = await run<T>(
        client,
        service,
        method,
        args,
        all as MutateOptions<never, T> as MutateOptions<readonly unknown[], T>,
        handle,
      );
      settle(turn, () => data.set(result));
      return result;
    } catch (thrown) {
      settle(turn, () => error.set(toError(thrown)));
      throw thrown;
    }
  };
  return {
    mutate,
    loading: computed(() => running() > 0),
    error,
    data,
    get progress() {
      progress ??= signal<UploadProgress | undefined>(undefined);
      return progress;
    },
    reset,
  };
}

async function run<T>(
  client: NetronClient,
  service: ServiceClass<object>,
  method: string,
  args: readonly unknown[],
  options: MutateOptions<readonly unknown[], T>,
  handle: (error: unknown) => void,
): Promise<T> {
  if (!isOverridden((service as unknown as { prototype: object }).prototype, method)) {
    const { peer, name } = client.locate(service);
    const defaults = getMethodOptions(service, method)?.options as MutateOptions<readonly unknown[], T> | undefined;
    return change<T>(peer, name, method, args, { ...defaults, ...options }, handle);
  }
  const instance = client.service(service) as Record<string, (...given: readonly unknown[]) => Promise<T>>;
  const { optimistic, onSuccess: _s, onError: _e, ...others } = options;
  // The change that the method makes may have other arguments than the method.
  const bound =
    (update: (current: undefined, ...args: readonly unknown[]) => unknown) =>
    (current: undefined): unknown =>
      update(current, ...args);
  const passed: MutateOptions = {
    ...others,
    ...(optimistic && {
      optimistic: typeof optimistic === 'function' ? bound(optimistic) : { ...optimistic, update: bound(optimistic.update) },
    }),
  };
  const call = () => instance[method]?.(...args);
  return told(options, handle, async () => (await capturing(call, { service: instance, options: passed }).result) as T);
}
