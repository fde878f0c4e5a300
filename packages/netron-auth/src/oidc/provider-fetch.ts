/** Requests to an OpenID provider: limits its answers, and distinguishes outages from refusals. */
import { NetronError } from '@omnitron-dev/netron';
import type { CustomFetchOptions } from 'openid-client';
import { boundedText } from '../jwt/bounded-text.js';

/** Most bytes of an answer. */
const longest = 262_144;

/** Statuses by which a server says that it cannot answer now. */
const later = new Set([408, 425, 429]);

/**
 * Creates the function for requests to an OpenID provider.
 *
 * @param timeout milliseconds for an answer. Replaces the library's timeout, which counts whole seconds
 * @returns a function that throws NetronError `unavailable` when the provider cannot be reached, does not answer in time, says that it
 *   cannot answer now, or answers with something other than a JSON object or with too much
 */
export const fetchOfProvider = (timeout: number) => (url: string, options: CustomFetchOptions) =>
  answerOf(url, { ...(options as RequestInit), signal: AbortSignal.timeout(timeout) });

async function answerOf(url: string, options: RequestInit): Promise<Response> {
  try {
    const response = await fetch(url, options);
    const { status, headers } = response;
    if (status >= 500 || later.has(status)) {
      await response.body?.cancel();
      throw new Error(`got status ${status}`);
    }
    const text = await boundedText(response, longest);
    if (status === 200 && !isObject(text)) throw new Error('expected a JSON object');
    return new Response(text === '' ? null : text, { status, headers });
  } catch (cause) {
    throw new NetronError('unavailable', `no answer from ${url}`, { cause });
  }
}

/** Whether the error of a request was caused by an outage of the provider. The library wraps errors of requests. */
export function outageIn(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { error: told } = error as { error?: unknown };
  if (NetronError.is(error, 'unavailable') || told === 'temporarily_unavailable' || told === 'server_error') return true;
  return outageIn(error.cause);
}

/** Errors by which a provider refuses the client, whatever the request. */
const ofClient = new Set<unknown>(['invalid_client', 'unauthorized_client']);

/** Whether the error of a request means that the provider refuses the subject of the request, such as a token that it has not issued. */
export function isRefusal(error: unknown): boolean {
  const { status, error: told } = Object(error) as { status?: unknown; error?: unknown };
  return status === 400 && typeof told === 'string' && !ofClient.has(told) && !outageIn(error);
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
