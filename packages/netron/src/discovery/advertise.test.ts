import { expect, it } from 'vitest';
import { advertisedAddresses } from './advertise.js';

const hosts = () => ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', 'fd00::1'];

it('loopback is announced as localhost, all interfaces as the addresses of the machine', () => {
  const listening = ['ws://127.0.0.1:1/path', 'tcp://10.9.9.9:2', 'unix:/run/a.sock'];
  expect(advertisedAddresses(listening, hosts)).toEqual(['ws://localhost:1/path', 'tcp://10.9.9.9:2', 'unix:/run/a.sock']);
  expect(advertisedAddresses(['tcp://0.0.0.0:3'], () => ['10.0.0.1', 'fd00::1'])).toEqual(['tcp://10.0.0.1:3']);
  expect(advertisedAddresses(['tcp://[::]:3'], () => ['10.0.0.1', 'fd00::1'])).toEqual(['tcp://10.0.0.1:3', 'tcp://[fd00::1]:3']);
  expect(advertisedAddresses(['tcp://0.0.0.0:3'], () => [])).toEqual(['tcp://localhost:3']);
});

it('no listener takes the places of the others: a machine with many addresses names each', () => {
  const ports = (listening: readonly string[]) => advertisedAddresses(listening, hosts).map((address) => address.slice(-1));
  expect(ports(['ws://0.0.0.0:1', 'tcp://0.0.0.0:2', 'tcp://127.0.0.1:3'])).toEqual(['1', '2', '3', '1', '2', '1', '2', '1']);
});
