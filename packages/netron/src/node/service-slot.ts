import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { plainCallPromise } from '../peer/calls/call-promise.js';
import type { EventListener } from '../peer/events/outgoing-subscriptions.js';
import type { CallOptions } from '../service/call/options.js';
import type { ProxyTarget } from '../service/call/proxy.js';
import { serviceStream } from '../service/call/service-stream.js';
import { discardStreams, guardStreams } from '../service/call/stream-source.js';
import type { ServiceDefinition } from '../service/definition.js';
import type { InFlight } from '../util/in-flight.js';

/** Definition until the target is there. */
const unknown: ServiceDefinition = Object.freeze({ name: '', version: '0.0.0', members: [] });

/** Target of a proxy that is made before its real target: passes calls on to that one. */
export class ServiceSlot implements ProxyTarget {
  readonly stream = serviceStream;
  readonly #coming: Promise<ProxyTarget>;
  readonly #inFlight: Pick<InFlight, 'during'>;
  #target: ProxyTarget | undefined;

  /**
   * @param coming the real target; calls fail with its rejection
   * @param inFlight counts calls that wait for the target, because this node itself may answer them
   */
  constructor(coming: Promise<ProxyTarget>, inFlight: Pick<InFlight, 'during'>) {
    this.#coming = coming;
    this.#inFlight = inFlight;
    coming.then(
      (target) => {
        this.#target = target;
      },
      () => {},
    );
  }

  get definition(): ServiceDefinition {
    return this.#target?.definition ?? unknown;
  }

  async known(name: string, options: CallOptions | undefined): Promise<ServiceDefinition> {
    const target = await this.#inFlight.during(this.#coming);
    return (await target.known?.(name, options)) ?? target.definition;
  }

  invoke(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    return this.invokeNamed(this.definition.members[member]?.name ?? '', args, options);
  }

  invokeNamed(name: string, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    if (this.#target?.invokeNamed !== undefined) return this.#target.invokeNamed(name, args, options);
    guardStreams(args);
    return plainCallPromise(async () => {
      let target: ProxyTarget;
      try {
        target = await this.#inFlight.during(this.#coming);
      } catch (error) {
        discardStreams(args, () => {});
        throw withOutcome(error, 'not_run');
      }
      return target.invokeNamed?.(name, args, options);
    });
  }

  async on(event: string, listener: EventListener): Promise<() => Promise<void>> {
    return (await this.#coming).on(event, listener);
  }

  reportError(error: unknown): void {
    this.#target?.reportError(NetronError.from(error));
  }

  dispose(): void {
    this.#coming.then(
      (target) => target.dispose(),
      () => {},
    );
  }
}
