const lengthOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length')!.get!;

/** Returns the length of `bytes`, whatever its own property `length` says. */
export function byteLength(bytes: Uint8Array): number {
  return lengthOf.call(bytes) as number;
}
