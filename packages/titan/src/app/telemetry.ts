import { createToken, type Token } from '@omnitron-dev/nexus';
import type { LogExporter } from '../logger/log-export.js';

/**
 * OpenTelemetry exporters of an application. Log lines go to `logs` automatically; modules that create traces and metrics
 * take their exporters from the token `TELEMETRY`.
 */
export interface Telemetry {
  readonly traces?: unknown;
  readonly metrics?: unknown;
  readonly logs?: LogExporter;
}

/** Token of the application's option `telemetry`: `constructor(@Inject(TELEMETRY) private telemetry: Telemetry)`. Empty if it is not set. */
export const TELEMETRY: Token<Telemetry> = createToken<Telemetry>('TELEMETRY', { factory: () => ({}) });
