import { describe, expect, it } from 'vitest';
import {
  type Call,
  defineService,
  getCallContext,
  type Handler,
  type MiddlewareObject,
  NetronError,
  type NetronMiddleware,
  Public,
  RequestContext,
  Service,
  timeout,
  UseMiddleware,
  withOptions,
} from '../../src/index.js';
import { failure, nodes, transports } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

const log: string[] = [];

class Hooks implements NetronMiddleware {
  readonly #name: string;
  constructor(name = 'class') {
    this.#name = name;
  }
  beforeCall({ service, method }: Call): void {
    log.push(`${this.#name} before ${service}.${method}`);
  }
  async afterCall(_call: Call, result: unknown): Promise<void> {
    log.push(`${this.#name} after ${String(result)}`);
  }
  onError(_call: Call, error: unknown): void {
    log.push(`${this.#name} error ${(error as Error).message}`);
  }
}

class OutgoingChain implements MiddlewareObject {
  async handle(call: Call, next: () => Promise<unknown>): Promise<unknown> {
    log.push(`around ${call.method}`);
    return next();
  }
}

class ByClass implements NetronMiddleware {
  beforeCall({ method }: Call): void {
    log.push(`by class ${method}`);
  }
}

const named =
  (name: string) =>
  (next: Handler): Handler =>
  (call) => {
    log.push(`${name} ${call.method}`);
    return next(call);
  };

const calculator = () =>
  defineService({
    name: 'calculator@1.0.0',
    methods: {
      add: (a: number, b: number) => a + b,
      fail: async () => {
        throw new Error('wrong');
      },
      async *count(to: number) {
        for (let number = 0; number < to; number += 1) yield number;
      },
      whoami: () => ({ user: getCallContext().user, tag: getCallContext().state.get('tag') }),
      header: (name: string) => getCallContext().headers[name],
      slow: () => new Promise(() => {}),
    },
    properties: { level: 3 },
  });
type Calculator = ReturnType<typeof calculator>;

describe.each(transports)('middleware over %s', (transport) => {
  it('MW-01, MW-03, ruling 8: runs every form in the given order on both sides', async () => {
    log.length = 0;
    await using pair = await nodes({
      transport,
      services: [calculator()],
      server: { middleware: { incoming: [named('in1'), new OutgoingChain(), new Hooks('hooks'), ByClass] } },
      client: { middleware: { outgoing: [named('out1'), new OutgoingChain(), new Hooks('out')] } },
    });
    const remote = await pair.peer.queryInterface<Calculator>('calculator');
    expect(await remote.add(2, 3)).toBe(5);
    expect(log).toEqual([
      ...['out1 add', 'around add', 'out before calculator.add'],
      ...['in1 add', 'around add', 'hooks before calculator.add', 'by class add', 'hooks after 5', 'out after 5'],
    ]);
    log.length = 0;
    expect(await failure(remote.fail())).toMatchObject({ message: 'wrong' });
    expect(log.slice(-2)).toEqual(['hooks error wrong', 'out error wrong']);
    log.length = 0;
    expect(await remote.level).toBe(3);
    expect(log).toContain('in1 level');
    const items: number[] = [];
    for await (const item of remote.count(3)) items.push(item);
    expect(items).toEqual([0, 1, 2]);
    expect(log).toContain('in1 count');
    expect(log).toContain('out1 count');
  });

  it('MW-02: can set user and state, headers and trace, and refuse, replace or change calls', async () => {
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    let trace: unknown;
    await using pair = await nodes({
      transport,
      services: [calculator()],
      server: {
        middleware: {
          incoming: [
            (next) => (call) => {
              trace = call.trace;
              if (call.headers.forbidden !== undefined) throw new NetronError('permission_denied', 'no');
              if (call.method === 'add' && call.args[0] === 0) return 'replaced';
              call.user = { name: call.headers.user };
              call.state.set('tag', 't');
              return next(call);
            },
          ],
        },
      },
      client: {
        middleware: {
          outgoing: [
            (next) => (call) => {
              call.headers.user = 'ann';
              (call as { trace: unknown }).trace = { traceparent };
              return next(call);
            },
          ],
        },
      },
    });
    const remote = await pair.peer.queryInterface<Calculator>('calculator');
    expect(await remote.whoami()).toEqual({ user: { name: 'ann' }, tag: 't' });
    expect(trace).toEqual({ traceparent });
    expect(await remote.add(0, 1)).toBe('replaced');
    expect(await withOptions(remote, { headers: { Other: 'x' } }).header('other')).toBe('x');
    expect(await failure(withOptions(remote, { headers: { Forbidden: '1' } }).add(1, 1))).toMatchObject({
      code: 'permission_denied',
    });
  });
});

describe('SV-18: middleware of a service', () => {
  @UseMiddleware(named('class'))
  @Service('guarded@1.0.0')
  class Guarded {
    @UseMiddleware(named('method'), new OutgoingChain())
    @Public()
    run(): string {
      return 'ran';
    }
    @Public() plain(): string {
      return 'plain';
    }
    @Public({ context: 1 }) context(first: string, call: RequestContext): string {
      return `${first} ${call instanceof RequestContext} ${call.peer.id} ${call.method}`;
    }
  }

  it('runs between the node’s middleware and the method; a context parameter is not taken from the caller', async () => {
    log.length = 0;
    await using pair = await nodes({ services: [new Guarded()], server: { middleware: { incoming: [named('node')] } } });
    const remote = await pair.peer.queryInterface<Guarded>('guarded');
    expect(await remote.run()).toBe('ran');
    expect(log).toEqual(['node run', 'class run', 'method run', 'around run']);
    log.length = 0;
    expect(await remote.plain()).toBe('plain');
    expect(log).toEqual(['node plain', 'class plain']);
    const forged = remote as unknown as { context(...args: unknown[]): Promise<string> };
    expect(await forged.context('a', { peer: { id: 'admin' }, method: 'x' })).toBe('a true client context');
    expect(await forged.context()).toBe('undefined true client context');
  });

  it('runs for local calls, too', async () => {
    log.length = 0;
    await using pair = await nodes({ services: [new Guarded()], server: { middleware: { incoming: [named('node')] } } });
    const local = await pair.server.peer.queryInterface<Guarded>('guarded');
    expect(await local.run()).toBe('ran');
    expect(log).toEqual(['node run', 'class run', 'method run', 'around run']);
    expect(await local.context('a')).toBe('a true server context');
  });
});

describe('timeout()', () => {
  it('ends a call on either side', async () => {
    const clock = new VirtualClock();
    const outgoing = [timeout(50, clock)];
    await using near = await nodes({ services: [calculator()], client: { clock, middleware: { outgoing } } });
    const remote = await near.peer.queryInterface<Calculator>('calculator');
    expect(await clock.settle(failure(remote.slow()))).toMatchObject({ code: 'deadline_exceeded' });
    expect(await withOptions(remote, { headers: { a: 'b' } }).header('a')).toBe('b');
    expect(remote.add(1, 1)).toBeInstanceOf(Promise);
    const { signal } = new AbortController();
    expect(await withOptions(remote, { signal, timeout: 1_000 }).add(1, 1)).toBe(2);
    const incoming = [timeout(50, clock)];
    await using far = await nodes({ services: [calculator()], server: { clock, middleware: { incoming } } });
    const other = await far.peer.queryInterface<Calculator>('calculator');
    expect(await clock.settle(failure(other.slow()))).toMatchObject({
      code: 'deadline_exceeded',
    });
  });
});
