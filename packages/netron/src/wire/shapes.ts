/**
 * Shapes of the records in one long message: their property names in order. Engines create a description of each shape, which takes several
 * times as long as the record itself, and share it among records. A peer that gives every record a different shape makes a message of
 * 1,048,576 elements take seconds; therefore, records beyond a number of shapes become hash tables.
 */
import { random } from '#platform';

/** Elements of a message from which on shapes are counted. */
const countedFrom = 32_768;

/** Number of shapes, of the one record in eight that is sampled, beyond which records become hash tables. */
const maxShapes = 1_024;

export class Shapes {
  /** Random, so that names cannot be chosen whose shapes are mistaken for one. */
  readonly #factor = (random() * 2 ** 32) | 1;
  readonly #seen = new Set<number>();
  #chance = this.#factor;

  /** Prepares for a message. */
  begin(): void {
    if (this.#seen.size > 0) this.#seen.clear();
  }

  /** Whether the next record is sampled, in a message of which `elements` were read. */
  looks(elements: number): boolean {
    if (elements < countedFrom || this.#seen.size >= maxShapes) return false;
    this.#chance = Math.imul(this.#chance, 0x19660d) + this.#factor;
    return this.#chance >>> 29 === 0;
  }

  /** Creates an empty record: a hash table when there were too many shapes. */
  record(): Record<string, unknown> {
    return this.#seen.size < maxShapes ? {} : hashTable();
  }

  /** Returns the shape of a record with one more name. */
  with(shape: number, name: string): number {
    let hash = (shape << 5) | (shape >>> 27);
    for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), this.#factor);
    return Math.imul(hash ^ 0x10000, this.#factor);
  }

  /** Counts a record of this shape. */
  add(shape: number): void {
    this.#seen.add(shape);
  }
}

/** V8 keeps an object as a hash table after a property other than the last was removed. */
function hashTable(): Record<string, unknown> {
  const record: Record<string, unknown> = { a: 0, b: 0 };
  delete record.a;
  delete record.b;
  return record;
}
