import { type Call, type Filled, getCallContext, withOptions } from '@omnitron-dev/netron';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { createApp, Injectable, inject, Public, remote, TitanService } from '../../src/index.js';
import { quiet, refusal, running } from './contract.js';

@TitanService({ name: 'tasks' })
class Tasks {
  @Public({ fill: { 1: (call) => (call as Call).headers['x-tenant'] } })
  tenant(name: string, tenant: Filled<string>) {
    return `${name} of ${tenant}`;
  }
  @Public()
  wait(): Promise<string> {
    const { signal } = getCallContext()!;
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  }
}

@Injectable()
class Asks {
  readonly tasks = inject(remote(Tasks));
}

describe('withOptions on clients of services', () => {
  it.each(['within the process', 'over a connection'])('%s: timeout, signal and headers, one call or all', async (where) => {
    const app = createApp(quiet).use(Asks);
    const client = app.connectToService(Tasks);
    // Before the start: making it asks nobody.
    const ours = withOptions(client, { headers: { 'x-tenant': 'acme' } });
    expectTypeOf(ours).toEqualTypeOf(client);
    const other = where === 'over a connection' ? await running(Tasks) : undefined;
    if (!other) app.service(Tasks);
    await app.start();
    if (other) await app.netron!.connect(`ws://127.0.0.1:${other.netron!.listenPort}`);
    expect([await client.tenant('a'), await ours.tenant('b')]).toEqual(['a of undefined', 'b of acme']);
    const injected = withOptions(app.get(Asks).tasks, { headers: { 'x-tenant': 'umbrella' } });
    expect(await injected.tenant('c')).toBe('c of umbrella');
    expect((await refusal(withOptions(ours, { timeout: 20 }).wait())).code).toBe('deadline_exceeded');
    const abort = new AbortController();
    const waiting = refusal(withOptions(client, { signal: abort.signal }).wait());
    abort.abort();
    expect((await waiting).code).toBe('canceled');
    // Options that were given earlier stay.
    expect(await withOptions(ours, { timeout: 5_000 }).tenant('d')).toBe('d of acme');
    await app.stop();
  });
  it('holds after the application has stopped and started again', async () => {
    const app = createApp(quiet).service(Tasks);
    const ours = withOptions(app.connectToService(Tasks), { headers: { 'x-tenant': 'acme' } });
    for (let turn = 0; turn < 2; turn++) {
      await app.start();
      expect(await ours.tenant('a')).toBe('a of acme');
      await app.stop();
    }
  });
  it('refuses options that no call has', () => {
    expect(() => withOptions(createApp(quiet).connectToService(Tasks), { timout: 5 } as never)).toThrow(TypeError);
  });
});
