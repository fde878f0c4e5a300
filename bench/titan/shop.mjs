/**
 * An application of two services, as `titan start` runs it: `gateway` asks `calculator`, which has all rules, through `remote()`. Its topology is
 * in `BENCH_TOPOLOGY`, its port in `BENCH_PORT`.
 */
import { createApp, defineContract, Public, remote, TitanService } from '@omnitron-dev/titan';
import { z } from 'zod';
import { cpuMs } from './rounds.mjs';

const contract = defineContract({
  name: 'calculator',
  contract: { add: { input: z.object({ a: z.number(), b: z.number() }), output: z.number() } },
});
const rules = { auth: { roles: ['adder'] }, rateLimit: { limit: 4_000_000_000, window: 60_000 } };

class Calculator {
  add(/** @type {{ a: number, b: number }} */ { a, b }) {
    return a + b;
  }
}

class Gateway {
  static inject = [remote(contract)];
  constructor(/** @type {any} */ calculator) {
    this.calculator = calculator;
  }
  /** Calls one after the other. Returns microseconds a call: of the clock, and of this process's CPU time. */
  async run(/** @type {number} */ calls) {
    const [began, used] = [performance.now(), cpuMs()];
    for (let a = 0; a < calls; a++) if ((await this.calculator.add({ a, b: 1 })) !== a + 1) throw new Error('a wrong sum');
    return { us: ((performance.now() - began) * 1_000) / calls, cpuUs: ((cpuMs() - used) * 1_000) / calls };
  }
  /** Keeps the process busy for about as long as a call of an application does. Returns its id, and its CPU time so far. */
  work() {
    let sum = 0;
    for (let n = 0; n < 60_000; n++) sum = (sum + n * n) % 65_537;
    return { sum, pid: process.pid, cpuMs: cpuMs() };
  }
}

/**
 * Decorates as a compiler would.
 *
 * @param {any} type
 * @param {string[]} methods
 */
function expose(type, ...methods) {
  for (const method of methods)
    Public()(type.prototype, method, /** @type {any} */ (Object.getOwnPropertyDescriptor(type.prototype, method)));
}
expose(Calculator, 'add');
expose(Gateway, 'run', 'work');
TitanService({ ...contract, ...rules })(Calculator);
TitanService({ name: 'gateway' })(Gateway);

export function makeApp() {
  const app = createApp({
    topology: process.env.BENCH_TOPOLOGY ?? '',
    logger: { level: 'warn' },
    config: { netron: { transports: { tcp: { port: Number(process.env.BENCH_PORT) } }, healthPort: false } },
    security: { authentication: { authenticate: async (userId) => ({ userId, roles: ['adder'] }) } },
  });
  for (const service of [Gateway, Calculator]) app.service(service);
  app.use(
    class Announcement {
      onReady() {
        console.log('ready');
      }
    },
  );
  return app;
}
