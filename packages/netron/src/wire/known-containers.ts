/**
 * Containers that occur more than once in a value: each further occurrence is sent as a number, which preserves cycles and shared objects.
 */
import { extensionTypes } from './extension-types.js';
import { malformed } from './malformed.js';
import { ObjectGraph } from './object-graph.js';
import type { Reader } from './reader.js';
import { valueFeatures } from './value-features.js';
import { outermostDepth, readValue } from './value-reader.js';
import type { Writer } from './writer.js';

/** Writes the number of a container that occurs earlier in the value; otherwise assigns one. @returns whether it does */
export function writeNumberOf(writer: Writer, container: object): boolean {
  writer.graph ??= new ObjectGraph();
  const number = writer.graph.add(container);
  if (number === undefined) return false;
  writer.needed |= valueFeatures.graphs;
  const start = writer.beginExtension(extensionTypes.reference);
  writer.number(number);
  writer.endExtension(start);
  return true;
}

/** Returns a container that started earlier in the value being read. */
export function readKnown(reader: Reader): unknown {
  const number = readValue(reader);
  const inside = reader.depthLeft < outermostDepth(reader);
  const known = inside && typeof number === 'number' ? reader.graph?.[number] : undefined;
  if (known === undefined) throw malformed('a reference outside of its value');
  // Two elements of a Set may become the same object.
  reader.replaced = true;
  return known;
}
