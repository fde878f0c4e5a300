/** Events of a response, read as they come. */
export interface ReadEvent {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
  readonly data: any;
}

/** Reads server-sent events one by one; `undefined` at the end. */
export function eventsOf(response: Response): { next(): Promise<ReadEvent | undefined>; leave(): Promise<void> } {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  return {
    async next() {
      for (;;) {
        const end = rest.indexOf('\n\n');
        if (end >= 0) {
          const block = rest.slice(0, end);
          rest = rest.slice(end + 2);
          const fields = Object.fromEntries(
            block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
          );
          if (fields.event === undefined) continue;
          return { id: fields.id ?? '', event: fields.event, data: JSON.parse(fields.data ?? 'null') };
        }
        const { done, value } = await reader.read();
        if (done) return undefined;
        rest += decoder.decode(value, { stream: true });
      }
    },
    leave: () => reader.cancel(),
  };
}
