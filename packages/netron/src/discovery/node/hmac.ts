import { createHmac } from 'node:crypto';

/** Returns the HMAC-SHA-256 of concatenated strings and bytes, in base64url. */
export function hmac(secret: string, ...parts: readonly (string | Uint8Array)[]): string {
  const mac = createHmac('sha256', secret);
  for (const part of parts) mac.update(part);
  return mac.digest('base64url');
}
