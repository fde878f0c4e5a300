/** Maps and Sets. The costs of keys and elements are counted before the collection is built, since some take long to hash. */
import { costs, hashCost } from './costs.js';
import { extensionTypes } from './extension-types.js';
import { malformed } from './malformed.js';
import { type Reader, truncated } from './reader.js';
import { Unwritable } from './unwritable.js';
import { beginContainer, readArray, readValue } from './value-reader.js';
import { writeAny, writeKnown } from './value-writer.js';
import type { Writer } from './writer.js';

// Methods overridden by a subclass are not called.
const mapForEach = Map.prototype.forEach;
const setForEach = Set.prototype.forEach;

/** Writes a Map in its state at the time of writing. */
export function writeMap(writer: Writer, map: ReadonlyMap<unknown, unknown>): void {
  if (writeKnown(writer, map)) return;
  // A copy of the entries: writing a value may run code of the program that changes the map.
  const entries: unknown[] = [];
  let at: string | number | undefined;
  mapForEach.call(map, (value, name) => entries.push(name, value));
  writer.enter();
  writer.spend(costs.collection);
  const start = writer.beginExtension(extensionTypes.map);
  writer.mapHeader(entries.length / 2);
  try {
    for (let index = 0; index < entries.length; index += 2) {
      const name = entries[index];
      at = undefined; // exceeding the limit is not the fault of one entry
      writer.spendCostly(hashCost(name));
      at = typeof name === 'string' ? name : index / 2;
      writeAny(writer, name);
      writeAny(writer, entries[index + 1]);
    }
  } catch (thrown) {
    throw Unwritable.within(thrown, map, at);
  }
  writer.endExtension(start);
  writer.depth--;
}

/** Writes a Set in its state at the time of writing. */
export function writeSet(writer: Writer, set: ReadonlySet<unknown>): void {
  if (writeKnown(writer, set)) return;
  const values: unknown[] = [];
  let at: number | undefined;
  setForEach.call(set, (value) => values.push(value));
  writer.enter();
  writer.spend(costs.collection);
  const start = writer.beginExtension(extensionTypes.set);
  writer.arrayHeader(values.length);
  try {
    for (let index = 0; index < values.length; index++) {
      at = undefined;
      writer.spendCostly(hashCost(values[index]));
      at = index;
      writeAny(writer, values[index]);
    }
  } catch (thrown) {
    throw Unwritable.within(thrown, set, at);
  }
  writer.endExtension(start);
  writer.depth--;
}

/** Reads a Map. @throws NetronError `invalid_argument` when two entries have the same key */
export function readMap(reader: Reader): Map<unknown, unknown> {
  const type = reader.u8();
  const count = type >> 4 === 8 ? type & 0x0f : type >> 1 === 0xde >> 1 ? reader.length(2 << (type - 0xde)) : -1;
  if (count < 0) throw malformed('a Map without its entries');
  if (count * 2 > reader.end - reader.position) throw truncated();
  reader.enter();
  reader.spend(count + costs.collection);
  const map = new Map<unknown, unknown>();
  beginContainer(reader, map);
  for (let index = 0; index < count; index++) {
    const key = readValue(reader);
    reader.spendCostly(hashCost(key));
    map.set(key, readValue(reader));
  }
  if (map.size !== count && !reader.replaced) throw malformed('a Map with a duplicate key');
  reader.depthLeft++;
  return map;
}

/** Reads a Set. @throws NetronError `invalid_argument` when two elements are equal */
export function readSet(reader: Reader): Set<unknown> {
  const type = reader.u8();
  const count = type >> 4 === 9 ? type & 0x0f : type >> 1 === 0xdc >> 1 ? reader.length(2 << (type - 0xdc)) : -1;
  if (count < 0) throw malformed('a Set without its elements');
  reader.spend(costs.collection);
  const set = new Set<unknown>();
  const values = readArray(reader, count, set);
  for (let index = 0; index < count; index++) {
    if (!(index in values)) throw malformed('a Set with a hole');
    reader.spendCostly(hashCost(values[index]));
    set.add(values[index]);
  }
  if (set.size !== count && !reader.replaced) throw malformed('a Set with a duplicate element');
  return set;
}
