// Runs the soak test: `node packages/netron/test/soak/run.mjs --minutes 60 --rate 1000 --transport tcp`. Not part of the ordinary tests.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runBundled } from './bundled.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '1000' },
    transport: { type: 'string', default: 'tcp' },
  },
});
const { transport, ...amounts } = values;
if (transport !== 'tcp' && transport !== 'websocket') {
  console.error(`--transport must be tcp or websocket, not ${transport}`);
  process.exit(2);
}
for (const [name, given] of Object.entries(amounts)) {
  if (Number(given) > 0) continue;
  console.error(`--${name} must be a number above 0, not ${given}`);
  process.exit(2);
}
await runBundled([join(import.meta.dirname, 'soak.ts')], [amounts.minutes, amounts.rate, transport], ['--expose-gc']);
