import { aether } from '@omnitron-dev/aether/vite';
import { conduit } from './server/plugin.ts';

export default { plugins: [aether(), conduit()] };
