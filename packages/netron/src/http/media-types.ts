/** Media types of arguments and results. */
export const mediaTypes = {
  /** Natural JSON. */
  json: 'application/json',
  /** Rich JSON: the same with a list of tags for values that JSON lacks. */
  rich: 'application/netron+json',
  /** The value codec of connections, without handles. */
  msgpack: 'application/netron+msgpack',
  /** Errors. */
  problem: 'application/problem+json',
  /** Values in rich JSON, one per line; the last line reports the end or an error. */
  lines: 'application/netron+jsonl',
  /** Values in natural JSON, one per line, in the same envelope. */
  plainLines: 'application/jsonl',
  /** Server-sent events for plain clients. */
  events: 'text/event-stream',
  /** A line of arguments, followed by the bytes of the files and streams among them. */
  upload: 'application/netron+upload',
  /** The rest of a resumed upload. */
  partialUpload: 'application/partial-upload',
  bytes: 'application/octet-stream',
} as const;

/** Returns the media type of a Content-Type header, without parameters. */
export function mediaTypeOf(header: string | null | undefined): string {
  if (header === null || header === undefined) return '';
  const end = header.indexOf(';');
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}
