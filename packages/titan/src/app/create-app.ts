import { Application } from './application.js';
import type { AppOptions } from './options.js';

/**
 * Creates an application to which you add services and modules. Its configuration, logger, events, metrics and node are
 * available at once: `app.get(ConfigModule)`.
 */
export function createApp(options: AppOptions = {}): Application {
  return new Application(undefined, options);
}
