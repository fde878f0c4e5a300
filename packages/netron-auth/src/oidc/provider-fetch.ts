/** Requests to an OpenID provider: bounds its answers, and tells an outage from a refusal. */
import { NetronError } from '@omnitron-dev/netron';
import type { CustomFetchOptions } from 'openid-client';
import { boundedText } from '../jwt/bounded-text.js';

/** Upper bound of an answer, in bytes. */
const longest = 262_144;

/** Statuses with which a server says that it cannot answer now. */
const later = new Set([408, 425, 429]);

/**
 * Makes what fetches from an OpenID provider.
 *
 * @param timeout milliseconds that the provider has for an answer, in place of the library's: it counts seconds, and loses parts of them
 * @returns a function that throws NetronError `unavailable` when the provider cannot be reached, does not answer in time, says that it cannot answer
 *   now, or answers with what is no JSON object or too long
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

/** Whether an error of a request comes from an outage of the provider. The library wraps what a request throws. */
export function outageIn(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { error: told } = error as { error?: unknown };
  if (NetronError.is(error, 'unavailable') || told === 'temporarily_unavailable' || told === 'server_error') return true;
  return outageIn(error.cause);
}

/** Errors with which a provider refuses the client, whatever it asks. */
const ofClient = new Set<unknown>(['invalid_client', 'unauthorized_client']);

/** Whether an error of a request says that the provider refuses what it was asked about, such as a token that is none of its own. */
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
