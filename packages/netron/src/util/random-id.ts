import { randomBytes } from '#platform';

/** Returns 128 random bits as a string. */
export function randomId(bytes: (length: number) => Uint8Array = randomBytes): string {
  return Array.from(bytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
