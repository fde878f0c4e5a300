/** Calls of members as requests: receives a call, gives what the server answers. */
import type { CallSettings } from '../fluent/settings.js';
import type { OutgoingCall, Reply } from '../request/outgoing-call.js';
import { lines } from '../request/stream-reader.js';
import type { Transmitter } from '../request/transmitter.js';
import type { ExecuteOptions } from '../retry/retry-options.js';
import { effectOf, type MemberCall, newKey, timeoutOf } from './member-call.js';
import type { Services } from './services.js';

/** Parts of the peer that requests use. */
export interface RequestsParts {
  /** Stands for the server. */
  readonly backend: string;
  readonly transmitter: Transmitter;
  readonly services: Services;
  readonly timeout: number;
  /** Whether calls are repeated although their settings do not say so. */
  retries(): boolean;
}

export class Requests {
  readonly #parts: RequestsParts;

  constructor(parts: RequestsParts) {
    this.#parts = parts;
  }

  /** @param etag of the answer that is there */
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
    // Nobody else knows the key that a call has made for itself: lost, it cannot be made again under it.
    const repeatable = keyed ? settings.idempotencyKey !== undefined : idempotent;
    // A stream can be read once.
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
