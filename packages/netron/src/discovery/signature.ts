/** Signatures of records, by which a node recognizes records of nodes with the same secret. */
import { hmac } from '#discovery';
import type { NodeInfo } from './node-info.js';
import { recordLimits } from './read-record.js';

/** A record as it is announced. */
export type SignedRecord = NodeInfo & { readonly signature?: string };

/** Returns the record with a signature. */
export function signRecord(record: NodeInfo, secret: string): SignedRecord {
  return { ...record, signature: hmac(secret, JSON.stringify(record)) };
}

/** Whether a record, as JSON or as an object, was signed with this secret. Never throws. */
export function isSigned(given: unknown, secret: string): boolean {
  try {
    if (typeof given === 'string' && given.length > recordLimits.size) return false;
    const { signature, ...record } = (typeof given === 'string' ? JSON.parse(given) : given) as Record<string, unknown>;
    return typeof signature === 'string' && same(signature, hmac(secret, JSON.stringify(record)));
  } catch {
    return false;
  }
}

/** Compares two strings in a time that does not reveal where they differ. */
export function same(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < b.length; index += 1) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
