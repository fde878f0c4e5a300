import type { Signal } from '../../reactive/signal.js';
import type { Skew } from '../types.js';
import { useNetronClient } from './use-backend.js';

/**
 * Returns the newest difference between the version of a service that the page knows and the server's: the page is older
 * than what was deployed, and should be loaded again. `undefined` while there is none.
 *
 * ```tsx
 * const skew = useSkew();
 * <Show when={() => skew()}>A new version is there. <button onClick={() => location.reload()}>Reload</button></Show>
 * ```
 */
export function useSkew(): Signal<Skew | undefined> {
  return useNetronClient().skew;
}
