import { createToken, type Token } from '@omnitron-dev/nexus';
import type { LogExporter } from '../logger/log-export.js';

/**
 * Exporters of an application, in the form of OpenTelemetry. Log lines go to `logs` by themselves; modules that make traces and metrics take
 * their exporters from the token `TELEMETRY`.
 */
export interface Telemetry {
  readonly traces?: unknown;
  readonly metrics?: unknown;
  readonly logs?: LogExporter;
}

/** The application's option `telemetry`: `constructor(@Inject(TELEMETRY) private telemetry: Telemetry)`. Empty when there is none. */
export const TELEMETRY: Token<Telemetry> = createToken<Telemetry>('TELEMETRY', { factory: () => ({}) });
