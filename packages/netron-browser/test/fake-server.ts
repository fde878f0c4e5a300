import { ErrorRegistry, readJson, writeJson } from '@omnitron-dev/netron/http/client';
import type { Fetch } from '../src/index.js';

/** One request as it arrived. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly service: string;
  readonly member: string;
  readonly args: unknown[];
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

type Answering = (asked: Asked) => unknown;

const errors = new ErrorRegistry();

/** A server in place of `fetch`: descriptions and answers by name; all requests are recorded. */
export class FakeServer {
  readonly asked: Asked[] = [];
  readonly services = new Map<string, { members: object[] }>();
  readonly #answers = new Map<string, Answering>();
  descriptions = 0;

  /** Declares a member and its answer. */
  on(member: string, given: Readonly<Record<string, unknown>>, answer: Answering, kind = 'method'): this {
    const { idempotencyWindow, ...annotations } = given;
    const [service = '', name = ''] = member.split('.');
    const known = this.services.get(service) ?? { members: [] };
    known.members.push({ name, kind, annotations, idempotencyWindow });
    this.services.set(service, known);
    this.#answers.set(member, answer);
    return this;
  }

  /** Requests of a member. */
  calls(member: string): Asked[] {
    return this.asked.filter(({ service, member: name }) => `${service}.${name}` === member);
  }

  readonly fetch: Fetch = async (target, init) => {
    const url = new URL(target);
    const parts = url.pathname.split('/').slice(2).map(decodeURIComponent);
    const headers = new Headers(init.headers);
    if (parts[0] === '$services') {
      this.descriptions += 1;
      const name = parts.slice(1).join('/');
      const known = this.services.get(name.split('@')[0] ?? '');
      if (known === undefined) return problem(404, 'not_found', `no service '${name}'`);
      return Response.json({ name: name.split('@')[0], version: '1.0.0', members: known.members });
    }
    const member = parts.pop() ?? '';
    const service = (parts.join('/').split('@')[0] ?? '') as string;
    const text = init.method === 'POST' ? String(init.body) : (url.searchParams.get('args') ?? '{"v":[]}');
    const args = readJson(text, { rich: true, errors }) as unknown[];
    const signal = init.signal ?? new AbortController().signal;
    const asked: Asked = { method: init.method ?? 'GET', url, service, member, args, headers, signal };
    this.asked.push(asked);
    const answer = this.#answers.get(`${service}.${member}`);
    if (answer === undefined) return problem(404, 'not_found', 'no such member');
    const value = await aborting(Promise.resolve(answer(asked)), signal);
    return value instanceof Response ? value : ok(value);
  };
}

/** A successful response. */
export function ok(value: unknown, headers: Record<string, string> = {}): Response {
  return new Response(writeJson(value, { rich: true, errors }), {
    headers: { 'content-type': 'application/netron+json', ...headers },
  });
}

/** A response with an error. */
export function problem(
  status: number,
  code: string,
  detail: string,
  extra: object = {},
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify({ code, name: 'NetronError', detail, status, ...extra }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}

/** Rejects when the signal aborts, like `fetch`. */
function aborting<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject);
  });
}

/** A promise with the functions that settle it. */
export function gate<T = void>(): { promise: Promise<T>; open(value: T): void; fail(error: unknown): void } {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}
