/** Target of a proxy: one service of a server, with settings. */
import type { CallOptions, ServiceDefinition } from '@omnitron-dev/netron/http/client';
import type { FluentTarget } from '../fluent/fluent.js';
import type { CallSettings } from '../fluent/settings.js';
import { lowerCased } from '../util/lower-cased.js';
import type { MemberFacts, ServiceFacts } from './definitions.js';
import { type Duplex, needsDuplex } from './duplex.js';

/** Calls a member. */
export type Invoke = (member: MemberFacts, args: unknown[], settings: CallSettings) => Promise<unknown>;

/** Converts a call of a stream method to the object that its caller receives. */
export type StreamOf = (opened: Promise<unknown>) => object;

export class ServiceTarget implements FluentTarget {
  readonly stream: StreamOf;
  readonly definition: ServiceDefinition;
  readonly settings: CallSettings;
  readonly #service: ServiceFacts;
  readonly #invoke: Invoke;
  readonly #duplex: Duplex;

  /** @param stream converts a call of a stream method to the object that its caller receives */
  constructor(service: ServiceFacts, settings: CallSettings, duplex: Duplex, invoke: Invoke, stream: StreamOf) {
    this.stream = stream;
    this.definition = service.definition;
    this.settings = settings;
    this.#service = service;
    this.#invoke = invoke;
    this.#duplex = duplex;
  }

  with(settings: CallSettings): ServiceTarget {
    return new ServiceTarget(this.#service, settings, this.#duplex, this.#invoke, this.stream);
  }

  invoke(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    const facts = this.#service.members[member]!;
    const settings = options === undefined ? this.settings : { ...this.settings, ...settingsFrom(options) };
    if (!needsDuplex(args)) return iterable(this.#invoke(facts, args, settings));
    const { signal, timeout } = settings;
    const own = { ...(signal !== undefined && { signal }), ...(timeout !== undefined && { timeout }) };
    return iterable(this.#duplex.call(this.#service.query, facts.name, args, own));
  }

  /** Subscribes to an event over a duplex connection, since HTTP has no events. */
  async on(event: string, listener: (data: unknown, event: string) => void): Promise<() => Promise<void>> {
    const service = await this.#duplex.service(this.#service.query);
    return (service as unknown as Pick<FluentTarget, 'on'>).on(event, listener);
  }

  reportError(error: unknown): void {
    console.error('cannot write a property:', error);
  }

  dispose(): void {}
}

/** A method may return a stream without declaring it: its answer can be iterated without awaiting it. */
function iterable(answer: Promise<unknown>): Promise<unknown> {
  (answer as Promise<unknown> & Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] = itemsOf;
  return answer;
}

async function* itemsOf(this: Promise<unknown>): AsyncGenerator<unknown, unknown, unknown> {
  const stream = await this;
  if (!(stream instanceof Object && Symbol.asyncIterator in stream)) throw new TypeError('the result is not a stream: await it');
  return yield* stream as AsyncIterable<unknown>;
}

function settingsFrom({ timeout, signal, headers, idempotencyKey, trace }: CallOptions): CallSettings {
  const own = headers && lowerCased(headers);
  const sent =
    trace === undefined
      ? own
      : { ...own, traceparent: trace.traceparent, ...(trace.tracestate && { tracestate: trace.tracestate }) };
  return {
    ...(timeout !== undefined && { timeout }),
    ...(signal !== undefined && { signal }),
    ...(sent !== undefined && { headers: sent }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}
