/** What is thrown may be anything: a fault of the program stays one, is told, and takes nothing else along. */
import { describe, expect, it } from 'vitest';
import { Beats } from '../../src/discovery/beats.js';
import { RemoteError } from '../../src/errors/remote-error.js';
import { EmitError } from '../../src/events/emit-error.js';
import { NetronHealthCheck } from '../../src/health.js';
import { createAnnotation, defineService, type Logger, Netron, NetronError, withAnnotations } from '../../src/index.js';
import { verdictOf } from '../../src/middleware/failure.js';
import { CircuitBreaker, retry } from '../../src/resilience.js';
import { VirtualClock } from '../../src/testing.js';
import { isError, thrownProperty, thrownText } from '../../src/util/thrown.js';
import { unreadable } from '../contract/unreadable.js';
import { failure, nodes, until } from './nodes.js';

/** Told errors, each of which has a text. */
function told(): { readonly logger: Logger; readonly texts: string[] } {
  const texts: string[] = [];
  const tell = (facts: object): void => {
    const { error } = facts as { error?: unknown };
    if (error !== undefined) texts.push(String(error));
  };
  return { texts, logger: { debug() {}, info() {}, warn: tell, error: tell } };
}

describe.each(Object.entries(unreadable))('%s', (_, make) => {
  const fail = (): never => {
    throw make();
  };

  it('has a text, and is not an error of this package', () => {
    const thrown = make();
    expect(thrownText(thrown)).toEqual(expect.any(String));
    expect(isError(thrown)).toEqual(expect.any(Boolean));
    expect(thrownProperty(thrown, 'nothing')).toBe(undefined);
    expect(NetronError.is(thrown)).toBe(false);
    expect((thrown as object) instanceof RemoteError).toBe(false);
    const wrapped = NetronError.from(thrown, 'internal');
    expect(wrapped).toMatchObject({ code: 'internal', message: thrownText(thrown) });
    expect(wrapped.cause === thrown).toBe(true);
    expect(verdictOf(thrown)).toBe('failure');
    expect(new EmitError('x', 1, [{ index: 0, pattern: 'x', error: thrown }], []).code).toBe('unknown');
  });

  it('thrown by a method is an error for any kind of caller; other calls continue', async () => {
    const service = defineService({
      name: 'svc@1.0.0',
      methods: {
        fail,
        async later() {
          await Promise.resolve();
          fail();
        },
        async *items() {
          yield 1;
          fail();
        },
        ok: () => 'ok',
      },
    });
    await using pair = await nodes({
      services: [service],
      client: { callSites: true, middleware: { outgoing: [retry({ attempts: 2, initialDelay: 1 })] } },
    });
    const remote = await pair.peer.queryInterface<typeof service>('svc');
    const local = await pair.server.peer.queryInterface<typeof service>('svc');
    for (const each of ['fail', 'later'] as const) {
      expect(await failure(remote[each]() as Promise<unknown>)).toBeInstanceOf(Error);
      expect((await Promise.allSettled([local[each]()]))[0]?.status).toBe('rejected');
    }
    const read = async (): Promise<void> => {
      for await (const item of await remote.items()) expect(item).toBe(1);
    };
    expect(await failure(read())).toBeInstanceOf(Error);
    expect(await remote.ok()).toBe('ok');
    const breaker = new CircuitBreaker({ consecutive: 1 });
    expect((await Promise.allSettled([breaker.execute(async () => fail())]))[0]?.status).toBe('rejected');
    expect(breaker.state).toBe('open');
  });

  it('thrown by an event listener is reported as text', async () => {
    const { logger, texts } = told();
    await using pair = await nodes({ server: { logger }, client: { logger } });
    pair.client.on('service:discovered', fail);
    pair.peer.on('error', fail);
    pair.client.subscribe('news', fail);
    pair.client.publish('news', 1);
    expect(await failure(pair.client.emitParallel('news', 1))).toBeInstanceOf(EmitError);
    await until(() => texts.length > 0);
    await pair.server.peer.exposeService(defineService({ name: 'late@1.0.0', methods: { ok: () => 'ok' } }));
    await until(() => texts.length > 1);
    expect(pair.peer.state).toBe('ready');
  });

  it('thrown by `authenticate` refuses the caller, and is logged', async () => {
    const { logger, texts } = told();
    const refused = await failure(nodes({ server: { authenticate: fail, logger } }));
    expect(refused).toMatchObject({ code: 'unauthenticated' });
    expect(texts.length).toBeGreaterThan(0);
  });

  it('thrown while a node is made is a TypeError that names the part', () => {
    class Broken {
      constructor() {
        fail();
      }
      handle() {}
    }
    expect(() => Netron.prepare({ middleware: { incoming: [Broken as never] } })).toThrow("cannot create middleware 'Broken': ");
    const strict = createAnnotation<number>({ name: 'strict', merge: fail });
    const ok = withAnnotations(() => 1, strict(2));
    expect(() => defineService({ name: 'a@1.0.0', methods: { ok }, annotations: [strict(1)] })).toThrow(
      "annotation 'strict': merge failed for 1 and 2: ",
    );
  });

  it('thrown by a check is its message, and by a step of a registry the reason', async () => {
    await using node = Netron.prepare();
    const health = new NetronHealthCheck(node).add('own', fail);
    expect((await health.check()).checks.own).toMatchObject({ healthy: false, message: expect.any(String) });
    const said: unknown[] = [];
    const view = {
      replace() {},
      put() {},
      remove() {},
      refuse() {},
      check: () => true,
      up() {},
      down: (error: Error) => void said.push(typeof error.message),
    };
    const beats = new Beats({ clock: new VirtualClock(), interval: 1_000, random: () => 0.5, view }, async () => fail());
    expect((await Promise.allSettled([beats.now()]))[0]?.status).toBe('rejected');
    await beats.stop();
    expect(said).toEqual(['string']);
  });
});
