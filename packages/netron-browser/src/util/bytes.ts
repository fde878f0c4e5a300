/** Whether an argument is sent as bytes after the others: a file or a stream. */
export function isBytes(value: unknown): value is Blob | ReadableStream<Uint8Array> {
  return value instanceof Blob || value instanceof ReadableStream;
}
