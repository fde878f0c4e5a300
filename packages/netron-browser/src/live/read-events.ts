/** Reads server-sent events from the reader of a body and reports each complete event. */

/** One server-sent event. */
export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** Most characters of one event. */
const longest = 1_048_576;

/**
 * Reads events until the body ends.
 *
 * @param received called for every chunk, heartbeats included
 * @throws the error of the reader; a `SyntaxError` for data that is not JSON
 */
export async function readEvents(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  received: () => void,
  onEvent: (event: ServerEvent) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      received();
      const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      if (rest.length > longest) throw new RangeError(`an event exceeds ${longest} characters`);
      for (const block of blocks) {
        const event = parse(block);
        if (event !== undefined) onEvent(event);
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function parse(block: string): ServerEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const at = line.indexOf(':');
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1).trimStart());
  }
  // A position without an event is reported as well: everything up to it is known.
  const event = fields.get('event') ?? '';
  return event === '' && !fields.has('id')
    ? undefined
    : { id: fields.get('id') ?? '', event, data: JSON.parse(fields.get('data') ?? 'null') };
}
