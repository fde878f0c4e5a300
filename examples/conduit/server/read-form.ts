import type { IncomingMessage } from 'node:http';

/** Largest size of a form, in bytes. */
const longest = 1024 * 1024;

/** Reads the body of a form; `undefined` when it is too long. */
export async function readForm(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;
  // Keep the connection open for the response.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > longest) return undefined;
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}
