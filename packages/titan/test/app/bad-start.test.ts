import { type ListenOptions, MemoryTransport } from '@omnitron-dev/netron';
import { createToken, defineModule } from '@omnitron-dev/nexus';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  type Application,
  createApp,
  defineContract,
  defineTitanService,
  Public,
  RequireRole,
  TitanService,
} from '../../src/index.js';

/** A transport that counts the listeners that are opened. */
class Counting extends MemoryTransport {
  opened = 0;
  override listen(at?: number | string, options?: ListenOptions) {
    this.opened += 1;
    return super.listen(at, options);
  }
}

/** Starts an application. Returns the error, if there was one, and the listeners that were opened. */
async function start(fill: (app: Application) => unknown) {
  const transport = new Counting();
  const app = createApp({
    signals: false,
    logger: { level: 'silent' },
    config: { netron: { transports: { memory: { name: 'start' } }, healthPort: false } },
    netron: { additionalTransports: [transport] },
  });
  const error = await Promise.resolve()
    .then(() => fill(app))
    .then(() => app.start())
    .then(
      () => undefined,
      (thrown: Error & { code?: string }) => thrown,
    );
  await app[Symbol.asyncDispose]();
  return { code: error?.code, message: error?.message ?? '', opened: transport.opened };
}

const service = (name: string) => defineTitanService({ name, contract: {}, methods: {} });
const [left, right] = [createToken<unknown>('left'), createToken<unknown>('right')];
const request = createToken<unknown>('request');

class Cyclic {
  static readonly inject = [left] as const;
  constructor(readonly given: unknown) {}
}
class Keeper {
  static readonly inject = [request] as const;
  constructor(readonly given: unknown) {}
}
class Hidden {
  greet(_: string) {}
}
@TitanService({ name: 'ruled' })
class Ruled {
  @RequireRole('admin')
  @Public()
  go() {}
}

const bad: Record<string, [fill: (app: Application) => unknown, code: string | undefined, message: RegExp]> = {
  'the same service twice': [(app) => app.service(service('twice')).service(service('twice')), 'invalid_use', /twice@1\.0\.0/],
  'a cycle': [
    (app) =>
      app
        .use(
          defineModule({
            id: 'cyclic',
            providers: [
              { provide: left, useFactory: (other: unknown) => other, deps: [right] },
              { provide: right, useFactory: (other: unknown) => other, deps: [left] },
            ],
            exports: [left],
          }),
        )
        .use(Cyclic),
    // Both ends of it are told, in one error.
    undefined,
    /"left" → "right" → "left"/,
  ],
  'a provider that is missing': [(app) => app.use(Cyclic), 'missing', /cannot create Cyclic: no provider for token "left"/],
  'a provider that lives shorter than who keeps it': [
    (app) =>
      app
        .use(
          defineModule({
            id: 'short',
            providers: [{ provide: request, useFactory: () => 1, scope: 'request' }],
            exports: [request],
          }),
        )
        .use(Keeper),
    'captive',
    /Keeper → "request"/,
  ],
  'a contract with a method that is not public': [
    (app) => {
      TitanService(defineContract({ name: 'hidden', contract: { greet: { input: z.string() } } }))(Hidden);
      return app.service(Hidden);
    },
    'invalid_use',
    /hidden@1\.0\.0: no public method greet; add @Public\(\)/,
  ],
  'rules without a provider': [
    (app) => app.service(Ruled),
    'invalid_use',
    /ruled\.go has access rules.*security\.authentication/,
  ],
};

describe('what cannot start is refused with its names, before anything listens', () => {
  it('one that can start opens its listener', async () => {
    expect(await start((app) => app.service(service('good')))).toEqual({ code: undefined, message: '', opened: 1 });
  });
  it.each(Object.entries(bad))('%s', async (_, [fill, code, message]) => {
    expect(await start(fill)).toEqual({ code, message: expect.stringMatching(message), opened: 0 });
  });
});
