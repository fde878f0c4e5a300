import { aether } from '@omnitron-dev/aether/vite';

export default { plugins: [aether()] };
