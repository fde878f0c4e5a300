// D1: Redis is down for a minute: `npm run redis-down`, `npm run redis-down -- --seconds 10 --rate 200`. Not part of the ordinary tests.
import { join } from 'node:path';
import { numbers, runBundled } from '../../../netron/test/soak/bundled.mjs';

const { seconds, rate } = numbers({ seconds: 60, rate: 500 });
await runBundled([join(import.meta.dirname, 'down.ts')], [seconds, rate], ['--expose-gc']);
