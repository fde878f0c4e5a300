/**
 * Detects requests that two servers may parse differently, which would allow request smuggling. Node's parser refuses most of them, but
 * lets some through that a proxy may have read in another way.
 */
import { mayLackHeaders } from '../transport/lost-headers.js';
import type { NodeRequest } from './node-messages.js';

/** Whether it is unclear where the body of an HTTP/1 request ends, or which host it is for. HTTP/2 requests are never ambiguous. */
export function isAmbiguous({ httpVersion, headers, rawHeaders = [], socket }: NodeRequest): boolean {
  if (headers[':method'] !== undefined) return false;
  const old = httpVersion === '1.0';
  // A request line without a version (HTTP/0.9) has no headers to check.
  if (httpVersion !== undefined && httpVersion !== '1.1' && !old) return true;
  const encoding = headers['transfer-encoding'];
  if (encoding !== undefined && (old || encoding !== 'chunked')) return true;
  const { host } = headers;
  if (typeof host === 'string' ? /[\s@/?#\\,]/.test(host) : httpVersion === '1.1') return true;
  return mayLackHeaders(rawHeaders, socket.server) || isTwice('host', rawHeaders);
}

/** Whether a header occurs twice. Names and values alternate in the list. */
function isTwice(name: string, rawHeaders: readonly string[]): boolean {
  let seen = false;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const each = rawHeaders[index]!;
    if (each.length !== name.length || each.toLowerCase() !== name) continue;
    if (seen) return true;
    seen = true;
  }
  return false;
}
