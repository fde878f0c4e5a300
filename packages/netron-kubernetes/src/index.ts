export { kubernetesDiscovery } from './discovery.js';
export type { KubernetesOptions } from './options.js';
