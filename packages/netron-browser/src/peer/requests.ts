/** Sends the calls of members as requests and returns the server's answers. */
import type { CallSettings } from '../fluent/settings.js';
import type { OutgoingCall, Reply } from '../request/outgoing-call.js';
import { lines } from '../request/stream-reader.js';
import type { Transmitter } from '../request/transmitter.js';
import type { ExecuteOptions } from '../retry/retry-options.js';
import { effectOf, type MemberCall, newKey, timeoutOf } from './member-call.js';
import type { Services } from './services.js';

/** The parts of the peer that requests use. */
export interface RequestsParts {
  /** Name of the server. */
  readonly backend: string;
  readonly transmitter: Transmitter;
  readonly services: Services;
  readonly timeout: number;
  /** Whether calls are retried without asking for it in their settings. */
  retries(): boolean;
}

export class Requests {
  readonly #parts: RequestsParts;

  constructor(parts: RequestsParts) {
    this.#parts = parts;
  }

  /** @param etag of the cached answer */
  async send(call: MemberCall, signal?: AbortSignal, etag?: string): Promise<Reply> {
    const { transmitter, services } = this.#parts;
    try {
      const reply = await transmitter.send(this.#request(call, signal, etag));
      if (reply.contract !== undefined) services.skewed(call.service, reply.contract);
      return reply;
    } catch (error) {
      const { name, details } = (error ?? {}) as { name?: unknown; details?: { server?: unknown } };
      if (name === 'SkewError') services.skewed(call.service, String(details?.server));
      throw error;
    }
  }

  #request(call: MemberCall, signal: AbortSignal | undefined, etag: string | undefined): OutgoingCall {
    const { service, member, args, settings, headers, principal, state = new Map<unknown, unknown>() } = call;
    const { safe } = effectOf(call);
    const keyed = !safe && !member.idempotent && (settings.idempotencyKey !== undefined || member.idempotencyWindow > 0);
    const idempotent = safe || member.idempotent || keyed;
    // A key generated for the call is unknown to its caller: once the call is lost, it cannot be repeated under that key.
    const repeatable = keyed ? settings.idempotencyKey !== undefined : idempotent;
    // A stream can be read only once.
    const once = args.some((value) => value instanceof ReadableStream);
    return {
      service: service.query,
      method: member.name,
      args,
      safe,
      idempotent: repeatable,
      headers: service.contract === undefined ? headers : { ...headers, 'netron-contract': service.contract },
      principal,
      timeout: timeoutOf(call, this.#parts.timeout),
      priority: settings.priority ?? 'normal',
      progress: settings.progress,
      retry: once ? undefined : this.#retry(settings, idempotent),
      signal,
      etag,
      stream: member.kind === 'stream' ? lines : undefined,
      idempotencyKey: keyed ? (settings.idempotencyKey ?? newKey()) : settings.idempotencyKey,
      state,
    };
  }

  #retry({ retry }: CallSettings, idempotent: boolean): ExecuteOptions | undefined {
    if (retry === false || (retry === undefined && !this.#parts.retries())) return undefined;
    return { idempotent, ...retry, target: this.#parts.backend };
  }
}
