/** Shows the optimistic changes of one call: finds the entries that they apply to. Loaded with the first fluent interface. */
import { keyOf, nameOf } from '../cache/key.js';
import type { Principal } from '../request/principal.js';
import { refuseArgs } from '../request/refuse-args.js';
import type { RichJson } from '../request/rich-json.js';
import type { Wait } from '../util/limit.js';
import { type OptimisticChange, OptimisticChanges, type OptimisticUpdate, type RecordWrites } from './optimistic.js';
import type { Reads } from './reads.js';

/** A call with optimistic changes. */
export interface OptimisticCall {
  /** As the caller named it: with a version or range, or without. */
  readonly service: string;
  readonly args: readonly unknown[];
  readonly headers: Readonly<Record<string, string>>;
  readonly principal: Principal;
  readonly changes: readonly OptimisticUpdate[];
  /** Waits within the time limit of the call. */
  readonly wait: Wait;
}

/** The parts of the peer that optimistic changes use. */
export interface OptimisticParts {
  /** Name of the server in keys. */
  readonly backend: string;
  readonly reads: Reads;
  readonly record: RecordWrites | undefined;
  readonly json: RichJson;
}

/** Shows the optimistic changes of a call. */
export async function showOptimistic(
  { service, args, headers, changes, principal, wait }: OptimisticCall,
  { reads, record, backend, json }: OptimisticParts,
  tags: readonly string[],
): Promise<OptimisticChanges> {
  const owner = principal.owner(headers);
  const place = `${backend} ${owner instanceof Promise ? await wait(owner) : owner}`;
  const found: OptimisticChange[] = [];
  for (const { target, update } of changes) {
    if (target === undefined) found.push({ update });
    else {
      const { method, args } = target;
      const key = keyOf(place, service, method, args) ?? (await refuseArgs(`${service}.${method}`, args, json));
      found.push({ target: { key, name: nameOf(service, method) }, update });
    }
  }
  return new OptimisticChanges(reads.cache, found, args, (key) => key.startsWith(`${place} `), tags, record);
}
