/** A node's record in the metadata of a Consul service, which allows at most 64 keys with values of at most 512 characters. */

const piece = 500;
const maxPieces = 60;

/** Splits a record into pieces. Throws when it is too long for Consul. */
export function toMeta(record: string): Record<string, string> {
  // Consul counts bytes: characters beyond ASCII are escaped.
  const text = record.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const count = Math.ceil(text.length / piece);
  if (count > maxPieces) {
    throw new Error(`the description of the node has ${text.length} characters, Consul accepts at most ${maxPieces * piece}`);
  }
  const meta: Record<string, string> = {};
  for (let index = 0; index < count; index += 1) meta[`netron-${index}`] = text.slice(index * piece, (index + 1) * piece);
  return meta;
}

/** Joins the pieces; returns the empty string when there are none. */
export function fromMeta(meta: Readonly<Record<string, unknown>>): string {
  let record = '';
  for (let index = 0; index < maxPieces; index += 1) {
    const next = meta[`netron-${index}`];
    if (typeof next !== 'string') break;
    record += next;
  }
  return record;
}
