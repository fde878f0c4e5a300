import { expect, it } from 'vitest';
import { K8sDiscovery, kubernetesDiscovery } from '../src/index.js';

const client = { listServices: async () => ({ items: [] }) };

it.each([
  ['kubernetesDiscovery', () => kubernetesDiscovery({ service: 'users', tokn: 'secret' } as never), 'tokn', 'token'],
  ['K8sDiscovery', () => new K8sDiscovery(client, undefined, { intervall: 5 } as never), 'intervall', 'interval'],
])('%s refuses options that nobody knows', (name, make, given, meant) => {
  expect(make).toThrow(new TypeError(`${name}: there is no option '${given}'; did you mean '${meant}'?`));
});
