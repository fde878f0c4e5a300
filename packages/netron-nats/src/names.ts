/** Names of buckets and keys: NATS allows few characters in them, nodes and namespaces may be called anything. */

/** A namespace as a part of a bucket's name. Different namespaces have different names. */
export function bucketPart(namespace: string): string {
  return namespace.replace(/[^A-Za-z0-9-]/g, (character) => `_${character.codePointAt(0)?.toString(16)}_`);
}

/** The key of a node. */
export function keyOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/** The id of a node by its key; `undefined` for what is none. */
export function idOf(key: string): string | undefined {
  const id = Buffer.from(key, 'base64url').toString('utf8');
  return keyOf(id) === key ? id : undefined;
}
