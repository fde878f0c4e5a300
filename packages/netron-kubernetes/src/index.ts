export { kubernetesDiscovery } from './discovery.js';
export type { KubernetesOptions } from './options.js';
export { K8sDiscovery, type K8sDiscoveryConfig, type KubernetesClient } from './registry.js';
