/** Lists of names and values that the platform has classes for: URLSearchParams and Headers. */
import { costs } from './costs.js';
import { extensionTypes } from './extension-types.js';
import { malformed } from './malformed.js';
import type { Reader } from './reader.js';
import { Unwritable } from './unwritable.js';
import { valueFeatures } from './value-features.js';
import type { Writer } from './writer.js';

/** Whether `value` is an instance of a class that not every runtime has. */
function isA(name: 'Headers' | 'URLSearchParams', value: object): boolean {
  const { [name]: Class } = globalThis as unknown as Record<string, (new () => object) | undefined>;
  return Class !== undefined && value instanceof Class;
}

/**
 * Writes URLSearchParams or Headers: their names and values in order, one after the other.
 *
 * @returns whether it was one of them
 */
export function writeWebList(writer: Writer, value: object): boolean {
  if (isA('URLSearchParams', value)) writeList(writer, value as URLSearchParams, extensionTypes.searchParams, 'URLSearchParams');
  else if (isA('Headers', value)) writeList(writer, value as Headers, extensionTypes.headers, 'Headers');
  else return false;
  return true;
}

function writeList(writer: Writer, list: Iterable<[string, string]>, type: number, name: string): void {
  const texts = [...list].flat();
  writer.need(valueFeatures.values, `is a ${name}`);
  writer.spend(costs.list + texts.length * costs.listText);
  const start = writer.beginExtension(type);
  writer.arrayHeader(texts.length);
  for (const text of texts) {
    if (typeof text !== 'string') throw new Unwritable('invalid_argument', `is a ${name} that holds other than strings`);
    writer.string(text);
  }
  writer.endExtension(start);
}

/** Reads the body of either extension. */
export function readWebList(reader: Reader, type: number): object | undefined {
  reader.spend(costs.list);
  const texts = readTexts(reader);
  const { URLSearchParams: Params, Headers: Fields } = globalThis as Partial<
    Pick<typeof globalThis, 'Headers' | 'URLSearchParams'>
  >;
  const list = type === extensionTypes.searchParams ? Params && new Params() : Fields && new Fields();
  if (list === undefined) return reader.refuse('a list of a type that this runtime does not have');
  try {
    for (let index = 0; index < texts.length; index += 2) list.append(texts[index]!, texts[index + 1]!);
  } catch {
    return reader.refuse('Headers with a name or value that this runtime does not accept');
  }
  return list;
}

function readTexts(reader: Reader): string[] {
  const type = reader.u8();
  const count = type >> 4 === 9 ? type & 0x0f : type >> 1 === 0xdc >> 1 ? reader.length(2 << (type - 0xdc)) : -1;
  if (count < 0 || count % 2 !== 0) throw malformed('a list without its names and values');
  if (count > reader.end - reader.position) throw malformed('a list that ends too early');
  reader.spend(count * (1 + costs.listText));
  const texts: string[] = [];
  for (let index = 0; index < count; index++) texts.push(reader.string());
  return texts;
}
