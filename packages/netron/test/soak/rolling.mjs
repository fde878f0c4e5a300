// Rolling restarts under load: `npm run rolling`, `npm run rolling -- --restarts 12 --rate 500`. Not part of the ordinary tests.
import { join } from 'node:path';
import { numbers, runBundled } from './bundled.mjs';

const { restarts, rate, streams, subscriptions } = numbers({ restarts: 100, rate: 2_000, streams: 50, subscriptions: 50 });
const files = ['rolling.ts', 'rolling-node.ts'].map((file) => join(import.meta.dirname, file));
await runBundled(files, [restarts, rate, streams, subscriptions]);
