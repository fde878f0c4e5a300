import type { HttpRemotePeer } from '@omnitron-dev/netron-browser';
import { inject } from '../../di/inject.js';
import { NetronClient } from '../client.js';

/** Returns the application's client of all backends. */
export function useNetronClient(): NetronClient {
  return inject(NetronClient);
}

/**
 * Returns the peer of a backend.
 *
 * @param name default: the default backend
 * @throws AetherError `unknown_backend`, listing the configured ones
 */
export function useBackend(name?: string): HttpRemotePeer {
  return useNetronClient().backend(name);
}
