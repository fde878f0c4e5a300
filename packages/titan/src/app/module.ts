import { Module as NexusModule } from '@omnitron-dev/nexus';
import type { Application } from './application.js';
import type { HealthCheck } from './health.js';

/** A lifecycle hook. */
export type Hook = (app: Application) => unknown;

/**
 * Hooks that an application calls on every instance that it has created and keeps: modules, services, and any other
 * provider. Each is called at most once per start, in the order of creation; `onStop` in reverse, also after a failure.
 */
export interface Module {
  /** Opens resources. If it fails, or takes longer than `startTimeout`, the start fails and the started parts stop again. */
  onStart?: Hook;
  /** Called when everything has started and listens. */
  onReady?: Hook;
  /** Closes resources. Calls in flight have ended. */
  onStop?: Hook;
  /** Reports its health. Called by `app.health()`. */
  health?(): HealthCheck | Promise<HealthCheck>;
}

/** Makes a class a module: see Nexus. */
export const Module: typeof NexusModule = NexusModule;
