import { expect, it } from 'vitest';
import { K8sDiscovery, kubernetesDiscovery } from '../src/index.js';

const client = { listServices: async () => ({ items: [] }) };

it.each([
  ['kubernetesDiscovery', () => kubernetesDiscovery({ service: 'users', tokn: 'secret' } as never), 'tokn', 'token'],
  ['K8sDiscovery', () => new K8sDiscovery(client, undefined, { intervall: 5 } as never), 'intervall', 'interval'],
])('%s refuses options that nobody knows', (name, make, given, meant) => {
  expect(make).toThrow(new TypeError(`${name}: unknown option '${given}'; did you mean '${meant}'?`));
});

it.each([[true], [[80]], [80n], [0], [null]])('a port that is %s is refused', (port) => {
  const make = () => kubernetesDiscovery({ service: 'users', server: 'https://nowhere', port } as never);
  expect(make).toThrow('kubernetesDiscovery: port must be a name or an integer between 1 and 65535, not ');
});

it.each([['5'], [true], [Number.NaN], [0]])('an interval that is %s is refused', (interval) => {
  expect(() => new K8sDiscovery(client, undefined, { interval } as never)).toThrow(RangeError);
});
