/** Devices on a port of their own, over TLS, each with a key; people on another port. Devices register, receive commands and send measurements. */

import { keep, NotFoundError } from '@omnitron-dev/netron';
import { ApiKeyAuthProvider } from '@omnitron-dev/netron-auth';
import {
  type AppOptions,
  type AuthContext,
  type Caller,
  createApp,
  currentUser,
  Metrics,
  Public,
  Stream,
  TitanService,
} from '@omnitron-dev/titan';

/** A device, as its service registers it: its methods run on the device. */
export interface Device {
  command(name: string): Promise<string>;
}

/** A measurement. */
export interface Telemetry {
  readonly temperature: number;
}

/** Largest number of measurements of a device that wait for a reader. */
const mostWaiting = 100;

@TitanService({ name: 'device-manager', version: '1.0.0', auth: true })
export class DeviceManager {
  static readonly inject = [Metrics] as const;
  readonly #metrics: Metrics;
  readonly #devices = new Map<string, Device['command']>();
  readonly #readers = new Map<string, Set<(data: Telemetry) => void>>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  // A device is the user of its key: it can register only as itself.
  @Public({ transport: 'tls', auth: { roles: ['device'] }, fill: { 1: currentUser } })
  registerDevice(command: Device['command'], device?: Caller<AuthContext>): { registered: true } {
    this.#devices.set(device?.userId ?? '', keep(command));
    return { registered: true };
  }

  @Public({ transport: 'tls', auth: { roles: ['device'] }, fill: { 1: currentUser } })
  report(data: Telemetry, device?: Caller<AuthContext>): void {
    const id = device?.userId ?? '';
    this.#metrics.record(`device.${id}`, data);
    for (const read of this.#readers.get(id) ?? []) read(data);
  }

  @Public({ auth: { roles: ['operator'] }, audit: { arguments: true } })
  sendCommand(deviceId: string, name: string): Promise<string> {
    const command = this.#devices.get(deviceId);
    if (command === undefined) throw new NotFoundError(`no device '${deviceId}'`);
    return command(name);
  }

  @Public({ auth: { roles: ['operator'] } })
  devices(): string[] {
    return [...this.#devices.keys()].sort();
  }

  @Public({ auth: { roles: ['operator'] } })
  @Stream()
  async *streamTelemetry(deviceId: string): AsyncGenerator<Telemetry> {
    const waiting: Telemetry[] = [];
    let wake = () => {};
    const read = (data: Telemetry) => {
      waiting.push(data);
      if (waiting.length > mostWaiting) waiting.shift();
      wake();
    };
    const readers = this.#readers.get(deviceId) ?? new Set();
    this.#readers.set(deviceId, readers.add(read));
    try {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift() as Telemetry;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      readers.delete(read);
      if (readers.size === 0) this.#readers.delete(deviceId);
    }
  }
}

/** Creates the application, and the keys of devices and people. */
export function makeApp(tls: { readonly cert: string; readonly key: string }, options: AppOptions = {}) {
  const keys = new ApiKeyAuthProvider();
  const app = createApp({
    name: 'iot',
    config: { netron: { healthPort: false } },
    netron: {
      transports: {
        tls: { port: Number(process.env.DEVICE_PORT ?? 0), tls },
        websocket: { port: Number(process.env.PORT ?? 0) },
      },
    },
    logger: { level: 'warn' },
    security: { authentication: keys },
    ...options,
  }).service(DeviceManager);
  return { app, keys };
}
