/** Starts the backends of a node together, within one time limit. */
import { NetronError } from '../errors/netron-error.js';
import type { BackendHost, DiscoveryBackend } from './backend.js';

/** Settings of the start. */
interface StartSettings {
  readonly backends: readonly DiscoveryBackend[];
  /** Whether a backend that cannot start fails the whole start. */
  readonly required: boolean;
  /** Milliseconds for all of them. */
  readonly startTimeout: number;
}

/**
 * Starts backends. Resolves when each has answered or failed, or when their time is over: late ones continue.
 *
 * @param hostOf makes the host of a backend
 * @throws NetronError with `required`, the error of the first that cannot be reached
 */
export async function startBackends(
  { backends, startTimeout, required }: StartSettings,
  { clock, logger }: Pick<BackendHost, 'clock' | 'logger'>,
  hostOf: (backend: DiscoveryBackend) => BackendHost,
): Promise<void> {
  let timer: unknown;
  const late = new Promise<void>((_, reject) => {
    const error = (): NetronError => new NetronError('unavailable', `no answer within ${startTimeout} ms`);
    timer = clock.setTimeout(() => reject(error()), startTimeout, true);
  });
  late.catch(() => {});
  const started = backends.map(async (backend) => {
    const host = hostOf(backend);
    try {
      await Promise.race([backend.start(host), late]);
      host.view.up();
    } catch (error) {
      const reason = NetronError.from(error, 'unavailable');
      host.view.down(reason);
      logger.warn({ backend: backend.name, error: reason.message }, 'discovery: cannot reach a registry');
      if (!required) return;
      const message = `discovery: cannot reach registry '${backend.name}': ${reason.message}`;
      throw new NetronError(reason.code, message, { cause: reason });
    }
  });
  try {
    await Promise.all(started);
  } finally {
    clock.clearTimeout(timer);
  }
}
