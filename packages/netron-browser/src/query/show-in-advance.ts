/** Changes in advance of one call: finds the entries that they are about. Loaded with the first fluent interface. */
import { keyOf, nameOf } from '../cache/key.js';
import type { Principal } from '../request/principal.js';
import { type AdvanceChange, OptimisticChanges, type RecordWrites } from './optimistic.js';
import type { Reads } from './reads.js';

/** One call that is shown in advance. */
export interface AdvancedCall {
  /** As it was asked for: with version or range, or without. */
  readonly service: string;
  readonly args: readonly unknown[];
  readonly headers: Readonly<Record<string, string>>;
  readonly principal: Principal;
  readonly changes: readonly AdvanceChange[];
}

/** Parts of the peer that changes in advance use. */
export interface AdvanceParts {
  /** Stands for the server in keys. */
  readonly backend: string;
  readonly reads: Reads;
  readonly record: RecordWrites | undefined;
}

/** Shows what a call will change. */
export async function showInAdvance(
  { service, args, headers, changes, principal }: AdvancedCall,
  { reads, record, backend }: AdvanceParts,
  tags: readonly string[],
): Promise<OptimisticChanges> {
  const owner = principal.owner(headers);
  const place = `${backend} ${owner instanceof Promise ? await owner : owner}`;
  const found = changes.map(({ target, update }) => ({ target: target && targetIn(place, service, target), update }));
  return new OptimisticChanges(reads.cache, found, args, tags, record);
}

/** The entry that a change is about. */
function targetIn(place: string, service: string, { method, args }: NonNullable<AdvanceChange['target']>) {
  const key = keyOf(place, service, method, args);
  if (key === undefined) throw new TypeError('arguments of an optimistic target are plain data');
  return { key, name: nameOf(service, method) };
}
