/** A generator of numbers that a seed decides. @source mulberry32 */
export function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** One input: good bytes that were mutated, bytes of no meaning, or good bytes that end early. */
export function hostileBytes(random: (below: number) => number, good: (random: (below: number) => number) => Buffer): Buffer {
  const kind = random(4);
  if (kind === 0) return Buffer.from(Array.from({ length: 1 + random(64) }, () => random(256)));
  const bytes = Buffer.concat(Array.from({ length: 1 + random(4) }, () => good(random)));
  if (kind === 1) return bytes.subarray(0, 1 + random(bytes.length));
  for (let i = 1 + random(4); i > 0; i--) bytes[random(bytes.length)] = random(256);
  return bytes;
}

/** How many inputs one run makes: `FUZZ_RUNS`, by default a slice that takes a second. */
export const runs = Number(process.env.FUZZ_RUNS ?? 2_000);

export const seed = Number(process.env.FUZZ_SEED ?? 1);
