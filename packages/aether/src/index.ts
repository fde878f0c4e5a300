export { batch, untrack } from './reactive/batch.js';
export { computed } from './reactive/computed.js';
export { type EffectFunction, type EffectOptions, effect } from './reactive/effect.js';
export { AetherError, type AetherErrorCode } from './reactive/error.js';
export {
  createRoot,
  type ErrorHandler,
  getOwner,
  type Owner,
  onCleanup,
  onError,
  ownerSignal,
  runWithOwner,
} from './reactive/owner.js';
export { type Answer, type FetchInfo, type Resource, type ResourceOptions, resource } from './reactive/resource.js';
export { selector } from './reactive/selector.js';
export { type Equals, isSignal, type Signal, type SignalOptions, signal, type WritableSignal } from './reactive/signal.js';
export { type KeyValueStorage, type PersistOptions, persist } from './store/persist.js';
export { unwrap } from './store/proxies.js';
export { reconcile } from './store/reconcile.js';
export { snapshot, store, transaction } from './store/store.js';
