/**
 * Whether a page of an origin may connect. A client without an `Origin` header is not a browser page and may.
 *
 * @param origin the `Origin` header
 * @param host the `Host` header
 * @param allowed origins such as `https://app.example.com`, compared as a whole; `'*'` allows all. Default: the same host only
 * @source RFC 6454
 */
export function originAllowed(origin: string | undefined, host: string | undefined, allowed?: readonly string[] | '*'): boolean {
  if (origin === undefined || allowed === '*') return true;
  const from = parse(origin);
  if (from === undefined) return false;
  if (allowed !== undefined) return allowed.some((other) => parse(other)?.origin === from.origin);
  // The default port of a scheme may be written or omitted.
  return host !== undefined && parse(`${from.protocol}//${host}`)?.host === from.host;
}

function parse(origin: string): URL | undefined {
  try {
    const url = new URL(origin);
    const bare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
    return bare && (url.protocol === 'http:' || url.protocol === 'https:') ? url : undefined;
  } catch {
    return undefined;
  }
}
