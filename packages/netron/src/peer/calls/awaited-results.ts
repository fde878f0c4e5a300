/**
 * Results of pending calls in the arguments of another call: they arrive as numbers and are replaced by the results before the call
 * starts. Plain data is copied, as if it had been sent over the wire.
 */
import { asInternal } from '../../errors/as-internal.js';
import type { NetronError } from '../../errors/netron-error.js';
import type { ErrorCodec } from '../../errors/wire-error.js';
import type { BoundService } from '../../service/call/bound-service.js';
import { type HandleDecoder, type HandleEncoder, handleTypes } from '../../wire/handles.js';
import type { Limits } from '../../wire/limits.js';
import { Reader } from '../../wire/reader.js';
import type { ExtendedValues } from '../../wire/rich-values.js';
import { readValue } from '../../wire/value-reader.js';
import { writeValue } from '../../wire/value-writer.js';
import { Writer } from '../../wire/writer.js';

/** Placeholder for a result in the arguments of a call. */
export class AwaitedResult {
  /** The result, or a promise of it. */
  readonly result: unknown;

  constructor(result: unknown) {
    this.result = result;
  }
}

/** The members of the node that copying uses. */
export interface CopyingNode {
  readonly limits: Readonly<Limits>;
  readonly errors: ErrorCodec;
  readonly values: ExtendedValues | undefined;
}

/**
 * Waits for results and inserts them into the arguments.
 *
 * @param bind returns the members of a service object: services and functions are passed on without a copy
 * @throws the first failure of a call; NetronError `resource_exhausted` when all copies together exceed `limits.message`, `internal` for a
 *   result that cannot be copied
 */
export async function fillIn(
  args: unknown[],
  awaited: readonly AwaitedResult[],
  node: CopyingNode,
  bind: (value: object) => BoundService | undefined,
): Promise<void> {
  const values = await Promise.all(awaited.map(({ result }) => result));
  const copier = new Copier(node, bind);
  const copies = new Map(awaited.map((place, index) => [place as unknown, copier.copy(values[index])]));
  replace(args, copies, new Set());
}

/** Replaces placeholders by results. */
function replace(value: unknown, copies: ReadonlyMap<unknown, unknown>, seen: Set<object>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (copies.has(value)) return copies.get(value);
  if (seen.has(value)) return value;
  seen.add(value);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) if (index in value) value[index] = replace(item, copies, seen);
  } else if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => [replace(key, copies, seen), replace(item, copies, seen)] as const);
    value.clear();
    for (const [key, item] of entries) value.set(key, item);
  } else if (value instanceof Set) {
    const items = [...value].map((item) => replace(item, copies, seen));
    value.clear();
    for (const item of items) value.add(item);
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    const record = value as Record<string, unknown>;
    for (const [name, item] of Object.entries(record)) record[name] = replace(item, copies, seen);
  }
  return value;
}

class Copier implements HandleEncoder<Writer>, HandleDecoder<Reader> {
  readonly #node: CopyingNode;
  readonly #bind: (value: object) => BoundService | undefined;
  /** Functions and service objects, which are not copied. */
  readonly #live: object[] = [];
  #left: number;

  constructor(node: CopyingNode, bind: (value: object) => BoundService | undefined) {
    this.#node = node;
    this.#bind = bind;
    this.#left = node.limits.message;
  }

  copy(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const { errors, values, limits } = this.#node;
    const writer = Object.assign(new Writer(256, { ...limits, message: this.#left }), { handles: this, errors, values });
    try {
      writeValue(writer, value, 'result');
    } catch (error) {
      throw asInternal(error, 'invalid_argument');
    }
    this.#left -= writer.position;
    const reader = Object.assign(new Reader(limits), { handles: this, errors, values });
    reader.load(writer.buffer.subarray(0, writer.position));
    return readValue(reader);
  }

  encode(value: object, writer: Writer): boolean {
    if (!this.owns(value)) return false;
    writer.extension(handleTypes.own, () => writeValue(writer, this.#live.push(value) - 1));
    return true;
  }

  owns(value: object): boolean {
    return typeof value === 'function' || this.#bind(value) !== undefined;
  }

  decode(_type: number, reader: Reader): unknown {
    return this.#live[readValue(reader) as number];
  }

  refuse(failure: NetronError): undefined {
    throw failure;
  }
}
