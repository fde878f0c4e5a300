// C1: one of three nodes is killed under load: `npm run killed`, `npm run killed -- --times 1 --rate 500`. Not part of the ordinary tests.
import { join } from 'node:path';
import { numbers, runBundled } from './bundled.mjs';

const { times, rate } = numbers({ times: 3, rate: 5_000 });
const files = ['killed.ts', 'killed-node.ts'].map((file) => join(import.meta.dirname, file));
await runBundled(files, [times, rate]);
