/** Reads untrusted JSON: missing values and values of another type are empty. */

export function recordOf(given: unknown): Record<string, unknown> {
  return typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {};
}

export function listOf(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [];
}

/** Returns the version of an object or a list; the empty string when it is not valid. */
export function versionOf(metadata: unknown): string {
  const { resourceVersion } = recordOf(metadata);
  // It becomes part of a URL.
  return typeof resourceVersion === 'string' && resourceVersion.length <= 128 ? resourceVersion : '';
}

/** Returns a host in the form of URLs. */
export function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
