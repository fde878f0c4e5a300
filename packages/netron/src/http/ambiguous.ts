/**
 * Requests that two servers may read in two ways, so that one hides from the other what follows. Node's parser refuses most of
 * them; it lets through what a proxy may have read otherwise.
 */
import type { NodeRequest, NodeSocket } from './node-messages.js';

/** Names and values that Node reads of one request where its server says nothing else; it forgets what comes behind them. */
const readHeaders = 2_000;

/** Whether a request of HTTP/1 leaves open where its body ends, or which host it is for. HTTP/2 leaves nothing open. */
export function isAmbiguous({ httpVersion, headers, rawHeaders = [], socket }: NodeRequest): boolean {
  if (headers[':method'] !== undefined) return false;
  const old = httpVersion === '1.0';
  // A line without a version (0.9) has no headers to go by.
  if (httpVersion !== undefined && httpVersion !== '1.1' && !old) return true;
  const encoding = headers['transfer-encoding'];
  if (encoding !== undefined && (old || encoding !== 'chunked')) return true;
  const { host } = headers;
  if (typeof host === 'string' ? /[\s@/?#\\,]/.test(host) : httpVersion === '1.1') return true;
  // Whoever asks may have written more, which Node has left out: a second host, an encoding, an origin.
  const most = readBy(socket);
  return (most > 0 && rawHeaders.length >= most) || isTwice('host', rawHeaders);
}

/** Names and values that the server of a connection reads; 0 for all, as Node reckons its `maxHeadersCount`. */
function readBy({ server }: NodeSocket): number {
  const count = server?.maxHeadersCount;
  return typeof count === 'number' ? Math.max(0, count << 1) : readHeaders;
}

/** Whether a header comes twice; names and values stand in turn. */
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
