import { expect, test } from 'vitest';
import { clientAddress } from './client-address.js';
import { httpSettings } from './options.js';
import type { TrustProxy } from './trust-proxy.js';

const proxy = '10.0.0.1';
const clientOf = (trustProxy: TrustProxy, forwarded?: string, address = proxy) =>
  clientAddress(forwarded, address, httpSettings({ trustProxy }).trusts);

test.each<[TrustProxy, string, string]>([
  [false, '203.0.113.7', proxy],
  [0, '203.0.113.7', proxy],
  // An appending proxy keeps the client's own entries in front of the one it adds.
  [true, '6.6.6.6, 203.0.113.7', '203.0.113.7'],
  [1, '6.6.6.6, 203.0.113.7', '203.0.113.7'],
  [2, '6.6.6.6, 203.0.113.7, 10.0.0.2', '203.0.113.7'],
  [2, '203.0.113.7', '203.0.113.7'],
  ['10.0.0.1', '6.6.6.6, 203.0.113.7', '203.0.113.7'],
  ['10.0.0.1', '6.6.6.6, 203.0.113.7, 10.0.0.2', '10.0.0.2'],
  ['10.0.0.0/8, 198.51.100.4', '6.6.6.6, 203.0.113.7, 198.51.100.4, 10.0.0.2', '203.0.113.7'],
  [['uniquelocal'], '6.6.6.6,203.0.113.7,192.168.3.4,172.31.0.1,fd00::1', '203.0.113.7'],
  ['uniquelocal', '172.32.0.1', '172.32.0.1'],
  ['192.168.0.0/16', '6.6.6.6, 203.0.113.7', proxy],
  ['10.0.0.0/31', '203.0.113.7, 10.0.0.2', '10.0.0.2'],
  ['0.0.0.0/0', '6.6.6.6, 203.0.113.7, 2001:db8::1', '2001:db8::1'],
  ['::/0', '6.6.6.6, 203.0.113.7', '6.6.6.6'],
  [(address) => address === proxy, '6.6.6.6, 203.0.113.7', '203.0.113.7'],
  [(_address, hop) => hop < 2, '6.6.6.6, 203.0.113.7, 10.0.0.2', '203.0.113.7'],
])('trustProxy: %s reads %s as %s', (trustProxy, forwarded, expected) => {
  expect(clientOf(trustProxy, forwarded)).toBe(expected);
});

test.each([
  ['203.0.113.7:55123', '203.0.113.7'],
  ['[2001:DB8::1]:55123', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['2001:db8:0:0::1', '2001:db8::1'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['unknown', proxy],
  ['_hidden', proxy],
  ['', proxy],
  ['6.6.6.6,', proxy],
  ['6.6.6.6, 300.1.1.1', proxy],
  ['6.6.6.6:7:8', proxy],
  ['[::1', proxy],
  ['::1]:80/', proxy],
])('an entry %s is the address %s', (forwarded, expected) => {
  expect(clientOf(1, forwarded)).toBe(expected);
});

test('the connection of a proxy is compared in its one form, and a client without a proxy keeps its own', () => {
  expect(clientOf('10.0.0.1', '203.0.113.7', '::ffff:10.0.0.1')).toBe('203.0.113.7');
  expect(clientOf('loopback', '203.0.113.7', '127.0.0.9')).toBe('203.0.113.7');
  expect(clientOf('loopback', '203.0.113.7', '::1')).toBe('203.0.113.7');
  expect(clientOf('linklocal', '203.0.113.7', 'fe80::1%eth0')).toBe('203.0.113.7');
  expect(clientOf('loopback', '203.0.113.7', '')).toBe('');
  expect(clientOf(true, '203.0.113.7', '')).toBe('203.0.113.7');
  expect(clientOf(true)).toBe(proxy);
});

test.each([
  [-1, 'http.trustProxy must be a non-negative integer, not -1'],
  [1.5, 'http.trustProxy must be a non-negative integer, not 1.5'],
  [Number.NaN, 'http.trustProxy must be a non-negative integer, not NaN'],
  ['', "invalid entry ''"],
  ['true', "invalid entry 'true'"],
  ['10.0.0.0/33', "invalid entry '10.0.0.0/33'"],
  [['example.com'], "invalid entry 'example.com'"],
  [{}, 'not [object Object]'],
])('trustProxy: %j is refused', (trustProxy, said) => {
  expect(() => httpSettings({ trustProxy: trustProxy as never })).toThrow(said);
});
