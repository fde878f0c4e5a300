/** What travels: the same for every contender. */
import { randomBytes } from 'node:crypto';

/** Size of one chunk of a byte stream, and of the byte echo. */
export const chunkSize = 64 * 1024;

/** 64 KB that do not compress. */
export const chunk = randomBytes(chunkSize);

/** Bytes that `source` has handed out in this process: how far a producer is ahead. */
export const produced = { bytes: 0 };

/**
 * Hands out `size` bytes in chunks; the last one may be short.
 *
 * @param {number} size
 * @returns {Generator<Buffer, void>}
 */
export function* source(size) {
  for (let left = size; left > 0; left -= chunkSize) {
    const next = left < chunkSize ? chunk.subarray(0, left) : chunk;
    produced.bytes += next.length;
    yield next;
  }
}

/**
 * A small object, as streamed and published.
 *
 * @param {number} id
 * @param {number} [at] microseconds of the monotonic clock
 * @returns {import('./contender.mjs').Item}
 */
export function item(id, at = 0) {
  return { id, symbol: 'NTRN', price: 101.25 + (id & 63), at };
}

/** @param {number} count */
export function* items(count) {
  for (let id = 0; id < count; id++) yield item(id);
}

/**
 * A realistic order of 1 KB (1,016 bytes as JSON).
 *
 * @param {number} id
 */
export function record(id) {
  return {
    id: 1_000_000 + (id % 1_000_000),
    status: 'confirmed',
    createdAt: '2025-03-14T09:26:53.589Z',
    customer: {
      id: 48_151_623,
      name: 'Ada Lovelace',
      email: 'ada.lovelace@example.org',
      vip: true,
      address: { street: '12 St James’s Square', city: 'London', postcode: 'SW1Y 4JH', country: 'GB' },
    },
    items: [
      { sku: 'KB-1042', name: 'Mechanical keyboard', quantity: 1, price: 129.9, tags: ['input', 'usb-c'] },
      { sku: 'MS-2077', name: 'Vertical mouse', quantity: 2, price: 59.5, tags: ['input', 'wireless'] },
      { sku: 'CB-0003', name: 'Braided cable 2 m', quantity: 3, price: 12.75, tags: ['cable'] },
      { sku: 'ST-0911', name: 'Monitor stand', quantity: 1, price: 84, tags: ['desk', 'steel'] },
    ],
    totals: { net: 371.15, tax: 74.23, shipping: 0, gross: 445.38, currency: 'GBP' },
    payment: { method: 'card', last4: '4242', authorized: true, reference: 'pi_3NqXfV2eZvKYlo2C1kQ' },
    giftWrap: null,
    notes: 'Leave with the porter if nobody answers; ring twice, wait a minute, then call.',
    history: [
      { at: 1_741_944_413, event: 'created' },
      { at: 1_741_944_420, event: 'paid' },
    ],
  };
}

/** @returns {number} microseconds of the machine's monotonic clock, comparable between processes */
export function microseconds() {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
}
