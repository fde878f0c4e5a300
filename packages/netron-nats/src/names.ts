/** Names of buckets and keys: NATS allows few characters in them, while nodes and namespaces may have any name. */

/** Encodes a namespace as a part of a bucket's name. Different namespaces have different names. */
export function bucketPart(namespace: string): string {
  return namespace.replace(/[^A-Za-z0-9-]/g, (character) => `_${character.codePointAt(0)?.toString(16)}_`);
}

/** Returns the key of a node. */
export function keyOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/** Returns the id of a node from its key; `undefined` when the key is not valid. */
export function idOf(key: string): string | undefined {
  const id = Buffer.from(key, 'base64url').toString('utf8');
  return keyOf(id) === key ? id : undefined;
}
