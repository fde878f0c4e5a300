/** A change of one node, as the scripts publish it. */
export interface Message {
  readonly epoch: string;
  readonly revision: number;
  readonly id: string;
  /** Empty when the node has left. */
  readonly record: string;
}

/** Parses `epoch revision length-of-id idrecord`; any other text is `undefined`. The length is in bytes, as Lua counts. */
export function readMessage(text: string): Message | undefined {
  const [head, epoch = '', revision = '', length = ''] = /^(\w+) (\d{1,15}) (\d{1,4}) /.exec(text) ?? [];
  if (head === undefined) return undefined;
  const rest = Buffer.from(text.slice(head.length));
  const size = Number(length);
  if (size === 0 || size > rest.length) return undefined;
  return { epoch, revision: Number(revision), id: rest.toString('utf8', 0, size), record: rest.toString('utf8', size) };
}
