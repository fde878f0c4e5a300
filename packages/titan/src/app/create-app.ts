import { Application } from './application.js';
import type { AppOptions } from './options.js';

/**
 * Makes an application to which services and modules are added. Its configuration, logger, events, metrics and node can be had at once:
 * `app.get(ConfigModule)`.
 */
export function createApp(options: AppOptions = {}): Application {
  return new Application(undefined, options);
}
