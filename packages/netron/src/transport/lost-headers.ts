/** Requests of HTTP/1 that may have had more headers than Node has read: it drops those that follow, without an error before 22.23. */

/** Names and values that Node reads of one request by default. */
const readByDefault = 2_000;

/** The part of a server that says how many headers it reads. */
export interface HeaderReader {
  readonly maxHeadersCount?: number | null;
}

/**
 * Returns whether Node may have dropped headers of a request: a second host, an encoding, an origin.
 *
 * @param rawHeaders names and values in turn
 * @param server of the connection
 */
export function mayLackHeaders(rawHeaders: readonly string[], server: HeaderReader | undefined): boolean {
  const count = server?.maxHeadersCount;
  // As Node computes it: 0 and below stand for all.
  const most = typeof count === 'number' ? count << 1 : readByDefault;
  return most > 0 && rawHeaders.length >= most;
}
