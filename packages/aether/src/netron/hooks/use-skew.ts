import type { Signal } from '../../reactive/signal.js';
import type { Skew } from '../types.js';
import { useNetronClient } from './use-backend.js';

/**
 * Returns the newest version difference of a service between page and server: a newer version was deployed, and the user
 * should reload the page. `undefined` while there is none.
 *
 * ```tsx
 * const skew = useSkew();
 * <Show when={() => skew()}>A new version is there. <button onClick={() => location.reload()}>Reload</button></Show>
 * ```
 */
export function useSkew(): Signal<Skew | undefined> {
  return useNetronClient().skew;
}
