/** An application with a node: configuration, injection, events. Prints each step, and exits. */
import { ConfigModule, createApp, EventBus, Logger, NETRON_TOKEN, Public, TitanService } from '@omnitron-dev/titan';

@TitanService({ name: 'calculator', version: '1.0.0' })
class Calculator {
  static readonly inject = [Logger, EventBus] as const;
  readonly #logger: Logger;
  readonly #events: EventBus;

  constructor(logger: Logger, events: EventBus) {
    this.#logger = logger.child({ module: 'calculator' });
    this.#events = events;
  }

  @Public()
  async add(a: number, b: number): Promise<number> {
    this.#logger.debug({ a, b }, 'adding');
    await this.#events.emit('calculator:added', a + b);
    return a + b;
  }
}

const app = createApp({
  name: 'example',
  // Later sources override earlier ones: EXAMPLE_NETRON__PORT=9000 in the environment, --netron.port=9000 among the arguments.
  config: { netron: { id: 'my-node', port: 0, healthPort: false } },
  sources: [{ type: 'env', prefix: 'EXAMPLE_' }, { type: 'args' }],
  logger: { level: 'warn' },
});
app.service(Calculator);
app.get(EventBus).subscribe('calculator:*', (sum) => console.log('event:', sum));
await app.start();

const node = app.get(NETRON_TOKEN);
console.log('node:', node.id, node === app.netron, app.get(ConfigModule).get('netron.id'));
const calculator = app.connectToService<Calculator>('calculator@1.0.0');
console.log('2 + 3 =', await calculator.add(2, 3));
console.log(
  'services:',
  node
    .getServices()
    .map(({ name, version }) => `${name}@${version}`)
    .join(),
);
await app.stop();
console.log('stopped');
