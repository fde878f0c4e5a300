import { ConfigModule, createApp, EventBus } from '@omnitron-dev/titan';

const lines = [];
const app = createApp({
  name: 'shop',
  sources: [{ type: 'env', prefix: 'SHOP_', env: { SHOP_NETRON__PORT: '0', SHOP_NETRON__HEALTH_PORT: '0' } }],
  logger: { destination: { write: (line) => lines.push(JSON.parse(line)) } },
});
let stopped = false;
class Part {
  onStart() {
    app.get(EventBus).subscribe('asked', () => 'answer');
  }
  onStop() {
    stopped = true;
  }
}
app.use(Part);
await app.start();
const [answer] = await app.get(EventBus).emitParallel('asked');
const { status } = await (await fetch(`http://127.0.0.1:${app.healthPort}/health`)).json();
const port = app.get(ConfigModule).get('netron.port');
await app.stop();

const texts = lines.map(({ msg }) => msg);
if (answer !== 'answer' || status !== 'healthy' || port !== 0 || !stopped || !texts.includes('shop started')) {
  throw new Error(`got ${answer}, ${status}, ${port}, ${stopped}, ${texts}`);
}
console.log('ok');
