/** Looks into JSON that anybody may have written: what is missing or of another type is empty. */

export function recordOf(given: unknown): Record<string, unknown> {
  return typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {};
}

export function listOf(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [];
}

/** Reads a version of an object or a list; the empty string for what is none. */
export function versionOf(metadata: unknown): string {
  const { resourceVersion } = recordOf(metadata);
  // It becomes part of a URL.
  return typeof resourceVersion === 'string' && resourceVersion.length <= 128 ? resourceVersion : '';
}

/** Writes a host as URLs have it. */
export function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
