/** Options are read once, when they are given: inherited ones count, a getter runs once, and what becomes of the object changes nothing. */
import { JwtAuthProvider } from '@omnitron-dev/netron-auth';
import { describe, expect, it } from 'vitest';
import { type AppOptions, createApp, type LoggerOptions, Public, TitanService } from '../../src/index.js';
import { silent } from './parts.js';

/** A record that has `options` by inheritance alone. */
const inheriting = <T extends object>(options: T): T => Object.create(options) as T;

describe('options of an application', () => {
  it('may be inherited, those of its parts too', async () => {
    const lines: string[] = [];
    const logger: LoggerOptions = { level: 'warn', destination: { write: (line) => lines.push(line) }, pretty: false };
    const options: AppOptions = {
      name: 'shop',
      logger: inheriting(logger),
      netron: inheriting({ id: 'till' }),
      security: inheriting({ authentication: new JwtAuthProvider({ secret: 'x'.repeat(32), issuer: 'shop' }) }),
      config: { netron: { port: 0, healthPort: false } },
      signals: false,
    };
    const app = createApp(inheriting(options));
    expect(app.name).toBe('shop');
    await using started = await app.start();
    expect(started.netron?.id).toBe('till');
    expect(lines).toEqual([]);
  });

  it('are checked where they are inherited', () => {
    expect(() => createApp(inheriting({ sginals: false }) as AppOptions)).toThrow("did you mean 'signals'?");
    expect(() => createApp({ logger: inheriting({ levl: 'warn' }) as LoggerOptions })).toThrow("did you mean 'level'?");
  });

  it('are no instances with methods or getters, which would be left out', () => {
    class Options {
      get name() {
        return 'shop';
      }
    }
    expect(() => createApp(new Options())).toThrow('createApp: options must be a plain object, not an object of class Options');
  });

  it('pass on what a getter of the program throws', () => {
    const thrown = new TypeError('not now');
    const options = {
      get name(): string {
        throw thrown;
      },
    };
    expect(() => createApp(options)).toThrow(thrown);
  });

  it('run a getter once', async () => {
    let reads = 0;
    const options = {
      ...silent,
      get stopTimeout() {
        reads += 1;
        return 1_000;
      },
    };
    const app = createApp(options);
    await app.start();
    await app.stop();
    expect(reads).toBe(1);
  });
});

it('options of a member may be inherited', async () => {
  @TitanService({ name: 'shop' })
  class Shop {
    @Public(inheriting({ idempotent: true, rateLimit: { rpm: 5 } }))
    price() {
      return 5;
    }
  }
  const app = createApp({ ...silent, config: { netron: { port: 0 } } }).service(Shop);
  await using started = await app.start();
  const [service] = started.netron!.getServices().filter(({ name }) => name === 'shop');
  expect(service?.getSchema().members).toMatchObject([{ name: 'price', annotations: { idempotent: true } }]);
});
