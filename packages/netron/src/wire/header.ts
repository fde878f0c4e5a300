/**
 * Writes the header of a family of MessagePack types: `first` or the following types, by the size of the length, and a big-endian length.
 */
export function putHeader(buffer: Uint8Array, position: number, length: number, first: number, size: number): void {
  putExactHeader(buffer, position, length, first + (size >>> 1), size);
}

/** Writes a type and a big-endian length of `size` bytes. */
export function putExactHeader(buffer: Uint8Array, position: number, length: number, type: number, size: number): void {
  buffer[position] = type;
  for (let index = 0; index < size; index++) buffer[position + size - index] = length >>> (index * 8);
}
