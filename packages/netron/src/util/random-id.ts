import { randomBytes } from '#platform';

/** 128 random bits, as text. */
export function randomId(bytes: (length: number) => Uint8Array = randomBytes): string {
  return Array.from(bytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
