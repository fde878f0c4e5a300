import { Module as NexusModule } from '@omnitron-dev/nexus';
import type { Application } from './application.js';
import type { HealthCheck } from './health.js';

/** A step of an application's life. */
export type Hook = (app: Application) => unknown;

/**
 * Hooks that an application calls on everything it has created and keeps: modules, services, and any other provider. Each is called at most once per start, in the
 * order of creation; `onStop` in reverse, also after a failing one.
 */
export interface Module {
  /** Opens what it needs. A failure, or one that takes longer than `startTimeout`, ends the start: what has started stops again. */
  onStart?: Hook;
  /** Called when everything has started and listens. */
  onReady?: Hook;
  /** Closes what it has opened. Calls that were under way have ended. */
  onStop?: Hook;
  /** Reports its health. Called by `app.health()`. */
  health?(): HealthCheck | Promise<HealthCheck>;
}

/** Makes a class a module: see Nexus. */
export const Module: typeof NexusModule = NexusModule;
