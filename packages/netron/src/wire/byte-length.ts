const lengthOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length')!.get!;

/** Length of `bytes`, whatever an own `length` of it says. */
export function byteLength(bytes: Uint8Array): number {
  return lengthOf.call(bytes) as number;
}
