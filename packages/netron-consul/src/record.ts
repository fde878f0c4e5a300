/** A node's record in the metadata of a Consul service, whose values have at most 512 characters, of at most 64 keys. */

const piece = 500;
const mostPieces = 60;

/** Cuts a record into pieces. Throws when it is too long for Consul. */
export function toMeta(record: string): Record<string, string> {
  // Consul counts bytes: what is not ASCII is written as an escape.
  const text = record.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const count = Math.ceil(text.length / piece);
  if (count > mostPieces) {
    throw new Error(`the node's description has ${text.length} characters; Consul takes ${mostPieces * piece}`);
  }
  const meta: Record<string, string> = {};
  for (let index = 0; index < count; index += 1) meta[`netron-${index}`] = text.slice(index * piece, (index + 1) * piece);
  return meta;
}

/** Puts the pieces together; the empty string when there are none. */
export function fromMeta(meta: Readonly<Record<string, unknown>>): string {
  let record = '';
  for (let index = 0; index < mostPieces; index += 1) {
    const next = meta[`netron-${index}`];
    if (typeof next !== 'string') break;
    record += next;
  }
  return record;
}
