/** Instances of classes that the program has registered: the name of the type, and the data that represents the instance. */
import { described } from '../util/check.js';
import { hearPromise } from '../util/hear-promise.js';
import { costs } from './costs.js';
import { extensionTypes } from './extension-types.js';
import type { Reader } from './reader.js';
import { valueFeatures } from './value-features.js';
import { readValue } from './value-reader.js';
import type { ValueTypes } from './value-types.js';
import { writeAny } from './value-writer.js';
import type { Writer } from './writer.js';

/** Writes an instance of a registered class. @returns whether it was one */
export function writeRegistered(writer: Writer, object: object, types: ValueTypes | undefined): boolean {
  const type = types?.of(object);
  if (type === undefined) return false;
  writer.need(valueFeatures.values, `is a ${type.name}`);
  writer.enter();
  writer.spend(costs.registered);
  const start = writer.beginExtension(extensionTypes.registered);
  writer.string(type.name);
  writer.sealed++;
  writeAny(writer, type.encode(object));
  writer.sealed--;
  writer.endExtension(start);
  writer.depth--;
  return true;
}

/** Reads an instance of a registered class. An unknown class refuses only the single value. */
export function readRegistered(reader: Reader, types: ValueTypes | undefined): unknown {
  reader.enter();
  reader.spend(costs.registered);
  const name = reader.string();
  reader.sealed++;
  const data = readValue(reader);
  reader.sealed--;
  reader.depthLeft++;
  reader.replaced = true;
  const type = types?.named(name);
  if (type === undefined) return reader.refuse('a value of a type that is not registered here', 'unimplemented');
  let value: unknown;
  let isPromise: boolean;
  try {
    value = type.decode(data);
    isPromise = hearPromise(value);
  } catch {
    return reader.refuse(`a ${type.name} that its type rejects`);
  }
  if (!isPromise && typeof value === 'object' && value !== null) return value;
  const came = isPromise ? 'a promise' : described(value);
  return reader.refuse(`a ${type.name} for which decode returned ${came}, not an instance`, 'internal');
}
