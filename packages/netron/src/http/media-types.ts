/** Media types of arguments and results. */
export const mediaTypes = {
  /** Natural JSON. */
  json: 'application/json',
  /** The same, and a list of what JSON cannot say. */
  rich: 'application/netron+json',
  /** The value codec of connections, without handles. */
  msgpack: 'application/netron+msgpack',
  /** Errors. */
  problem: 'application/problem+json',
  /** Rich values, one a line; the last line says end or error. */
  lines: 'application/netron+jsonl',
  /** Values in natural JSON, one a line, in the same envelope. */
  plainLines: 'application/jsonl',
  /** Events for plain clients. */
  events: 'text/event-stream',
  /** A line of arguments, and the bytes of files and streams among them. */
  upload: 'application/netron+upload',
  /** The rest of an upload. */
  partialUpload: 'application/partial-upload',
  bytes: 'application/octet-stream',
} as const;

/** The media type of a Content-Type header, without parameters. */
export function mediaTypeOf(header: string | null | undefined): string {
  if (header === null || header === undefined) return '';
  const end = header.indexOf(';');
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}
