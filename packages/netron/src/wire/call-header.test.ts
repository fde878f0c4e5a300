import { expect, it } from 'vitest';
import { readHeader, writeHeader } from './call-header.js';
import { defaultLimits } from './limits.js';
import { Reader } from './reader.js';
import { Writer } from './writer.js';

/** Returns headers, written unchanged, as the other end reads them. */
function arrived(headers: Record<string, string>): unknown {
  const writer = new Writer(256);
  writeHeader(writer, { headers });
  const reader = new Reader(defaultLimits);
  reader.load(writer.buffer.subarray(0, writer.position));
  return readHeader(reader).headers;
}

it('names are read in lower case, also those of callers that do not send them so; of several the last one counts', () => {
  expect(arrived({ 'X-Tenant': 'acme', b: '2' })).toEqual({ 'x-tenant': 'acme', b: '2' });
  expect(arrived({ 'x-tenant': 'one', 'X-TENANT': 'other' })).toEqual({ 'x-tenant': 'other' });
});

it('a forbidden name is refused in any spelling', () => {
  expect(() => arrived({ __PROTO__: 'x' })).toThrow(/forbidden name/);
});
