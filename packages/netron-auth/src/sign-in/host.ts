/** Returns the host of an address such as `ws://10.0.0.7:51234`: ports change with each connection. */
export function hostOf(address: string): string {
  try {
    return new URL(address).hostname || address;
  } catch {
    return address;
  }
}
