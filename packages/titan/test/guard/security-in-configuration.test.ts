import { afterEach, describe, expect, it } from 'vitest';
import { type Application, type AppOptions, createApp, NetronModule } from '../../src/index.js';

const apps: Application[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app[Symbol.asyncDispose]();
});
function app(netron: object, options: AppOptions = {}) {
  const quiet = { signals: false, logger: { level: 'silent' } } as const;
  const made = createApp({ ...quiet, config: { netron: { server: false, healthPort: false, ...netron } }, ...options });
  apps.push(made);
  return made;
}
const refusal = { code: 'invalid_config', message: expect.stringMatching(/^netron\.security has no effect in this application/) };
const authentication = { authenticate: async () => ({ userId: 'ada' }) };

describe('netron.security in the configuration', () => {
  it('is refused at the start when the application has no option security: nothing would keep to it', async () => {
    await expect(app({ security: { required: true } }).start()).rejects.toMatchObject(refusal);
  });
  it('is refused where the program gives it to the node', async () => {
    const { start } = {
      start: () =>
        app({})
          .get(NetronModule)
          .start({ security: { required: true } }),
    };
    await expect(start()).rejects.toMatchObject(refusal);
  });
  it('is read by a program that gives what it makes of it to the application', async () => {
    const started = await app({ security: { required: true } }, { security: { authentication } }).start();
    expect(started.state).toBe('ready');
  });
});
