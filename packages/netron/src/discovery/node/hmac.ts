import { createHmac } from 'node:crypto';

/** Returns the HMAC-SHA-256 of a text, in base64url. */
export function hmac(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url');
}
