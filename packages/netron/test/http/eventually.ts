import { vi } from 'vitest';

/** Waits until `holds` no longer throws, however slow the machine is. */
export function eventually<T>(holds: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(holds, { timeout: 170_000, interval: 5 });
}
