import { describe, expect, it } from 'vitest';
import {
  type Call,
  createAnnotation,
  createParameter,
  defineService,
  type Filled,
  type Handler,
  inPlace,
  type MemberInfo,
  type Middleware,
  Netron,
  type NetronMiddleware,
  Public,
  places,
  type RequestContext,
  Safe,
  Service,
  UseMiddleware,
  withAnnotations,
} from '../../src/index.js';
import { targetOf } from '../../src/service/call/proxy.js';
import { failure, nodes, quiet } from './nodes.js';

const Roles = createAnnotation<readonly string[]>({
  name: 'roles',
  merge: (outer, inner) => [...new Set([...outer, ...inner])].sort(),
});

/** Notes for which members it was composed, and which calls it saw. */
function recorder() {
  const composed: string[] = [];
  const seen: string[] = [];
  const middleware: Middleware = (next, { service, version, name, kind }) => {
    composed.push(`${service}@${version}.${name} ${kind}`);
    return (call) => {
      seen.push(call.method);
      return next(call);
    };
  };
  return { composed, seen, middleware };
}

describe('middleware knows its member', () => {
  it('is composed once for each member, function and task, and not for each call', async () => {
    const { composed, seen, middleware } = recorder();
    const api = defineService({
      name: 'api@1.2.0',
      methods: {
        add: (a: number, b: number) => a + b,
        async *count() {
          yield 1;
        },
        greeter: () => (name: string) => `hello ${name}`,
        data: () => ({ user: { name: 'ann' } }),
      },
      properties: { level: 3 },
    });
    await using pair = await nodes({ services: [api], server: { middleware: { incoming: [middleware] } } });
    pair.server.addTask('cleanup', () => 'done', { remote: true });
    expect(composed).toEqual([
      'api@1.2.0.add method',
      'api@1.2.0.count stream',
      'api@1.2.0.greeter method',
      'api@1.2.0.data method',
      'api@1.2.0.level property',
    ]);
    const remote = await pair.peer.queryInterface<typeof api>('api');
    for (let round = 0; round < 2; round += 1) {
      await remote.add(1, 2);
      await (await remote.greeter())('ann');
      await (await remote.greeter())('bob');
      await (remote as unknown as { data(): { user: { name: Promise<string> } } }).data().user.name;
      await pair.peer.runTask('cleanup');
      await pair.server.peer.runTask('cleanup');
    }
    expect(composed.slice(5).sort()).toEqual([
      'function@0.0.0.call method',
      'netron@1.0.0.task cleanup method',
      'result@0.0.0.* property',
    ]);
    expect(seen.filter((method) => method === 'task cleanup')).toHaveLength(4);
    expect(seen.filter((method) => method === 'call')).toHaveLength(4);
  });

  it('sees annotations and the object; a middleware that returns next costs nothing', async () => {
    const infos: MemberInfo[] = [];
    const guard: Middleware = (next, member) => {
      infos.push(member);
      const roles = member.annotation(Roles);
      if (roles === undefined) return next;
      return (call) => {
        if (!roles.every((role) => call.headers[role] === 'yes')) throw new Error(`needs ${roles.join()}`);
        return next(call);
      };
    };
    const depth: number[] = [];
    const look = (): number => {
      const { stack = '' } = new Error();
      return stack.split('\n').length;
    };
    const api = defineService({
      name: 'api',
      methods: {
        open: () => depth.push(look()),
        remove: withAnnotations(() => 'removed', Roles(['admin'])),
      },
    });
    await using node = await Netron.create({ logger: quiet, middleware: { incoming: [guard, (next) => next] } });
    await node.peer.exposeService(api);
    await using bare = await Netron.create({ logger: quiet });
    await bare.peer.exposeService(api);
    expect(infos.map(({ name, target }) => [name, target === api])).toEqual([
      ['open', true],
      ['remove', true],
    ]);
    const guarded = await node.peer.queryInterface<typeof api>('api');
    const plain = await bare.peer.queryInterface<typeof api>('api');
    await guarded.open();
    await plain.open();
    expect(depth[0]).toBe(depth[1]);
    expect(await failure(guarded.remove())).toMatchObject({ message: 'needs admin' });
    expect(await plain.remove()).toBe('removed');
  });

  it('tasks have annotations', async () => {
    const seen: unknown[] = [];
    const look: Middleware = (next, member) => {
      seen.push(member.annotation(Roles));
      return next;
    };
    await using node = await Netron.create({ logger: quiet, middleware: { incoming: [look] } });
    node.addTask(
      'cleanup',
      withAnnotations(() => 'done', Roles(['admin'])),
    );
    expect(await node.peer.runTask('cleanup')).toBe('done');
    expect(seen).toEqual([['admin']]);
  });

  it('has its place in the chain, wherever it was declared', async () => {
    const log: string[] = [];
    const named =
      (text: string): Middleware =>
      (next) =>
      (call) => {
        log.push(text);
        return next(call);
      };
    @UseMiddleware(inPlace('rights', named('class rights')), named('class'))
    @Service('a')
    class A {
      @UseMiddleware(named('member'), inPlace('validation', named('member validation')))
      @Public()
      act(): void {
        log.push('method');
      }
    }
    const incoming = [
      ...[...places].reverse().map((place) => inPlace(place, named(place))),
      named('plain'),
      inPlace((member) => (member.name === 'act' ? 'policy' : 'cache'), named('late cache')),
    ];
    await using node = await Netron.create({ logger: quiet, middleware: { incoming } });
    await node.peer.exposeService(new A());
    await (await node.peer.queryInterface<A>('a')).act();
    expect(log).toEqual([
      ...['node', 'plain', 'identity', 'rights', 'class rights', 'overload', 'rate', 'idempotency', 'cache'],
      ...['validation', 'member validation', 'policy', 'late cache', 'service', 'class', 'member', 'output', 'method'],
    ]);
    expect(() => inPlace('nowhere' as 'cache', named('x'))).toThrow(
      "unknown place 'nowhere' in the chain: expected one of node,",
    );
  });

  it('the application constructs middleware classes', async () => {
    class Audit implements NetronMiddleware {
      readonly log: string[];
      constructor(log: string[]) {
        this.log = log;
      }
      beforeCall({ method }: Call): void {
        this.log.push(method);
      }
    }
    const log: string[] = [];
    const made: string[] = [];
    @UseMiddleware(Audit)
    @Service('a')
    class A {
      @Public()
      act(): number {
        return 1;
      }
    }
    const construct = <T extends object>(Class: new (...args: never[]) => T): T => {
      made.push(Class.name);
      return new (Class as unknown as new (log: string[]) => T)(log);
    };
    await using node = await Netron.create({ logger: quiet, construct });
    await node.peer.exposeService(new A());
    await (await node.peer.queryInterface<A>('a')).act();
    expect([made, log]).toEqual([['Audit'], ['act']]);
    const failing = () => {
      throw new RangeError('no provider');
    };
    await using other = await Netron.create({ logger: quiet, construct: failing });
    expect(await failure(other.peer.exposeService(new A()))).toMatchObject({
      name: 'TypeError',
      message: "cannot create middleware 'Audit': no provider",
    });
    await using third = await Netron.create({ logger: quiet, construct: () => ({}) as never });
    expect(await failure(third.peer.exposeService(new A()))).toMatchObject({ message: /class 'Audit' is not middleware/ });
  });
});

describe('published annotations', () => {
  it('are sent with definitions, and callers can read them', async () => {
    const api = defineService({
      name: 'api',
      methods: { list: withAnnotations(() => 1, Safe(), Roles(['x'])), buy: () => 1 },
      properties: { size: 1 },
      writable: ['size'],
    });
    const hidden = defineService({ name: 'hidden', methods: { give: () => api } });
    for (const query of ['api', 'hidden']) {
      await using pair = await nodes({ services: [api, hidden] });
      const remote = await pair.peer.queryInterface<Record<string, () => Promise<object>>>(query);
      const found = query === 'api' ? remote : await remote.give?.();
      expect(targetOf(found)?.definition?.members).toEqual([
        { name: 'list', kind: 'method', annotations: { safe: true } },
        { name: 'buy', kind: 'method' },
        { name: 'size', kind: 'property', writable: true },
      ]);
    }
  });
});

describe('parameters that the callee fills', () => {
  const CurrentUser = createParameter((call) => call.user);
  const Language = createParameter((call) => call.headers['accept-language'] ?? 'none');

  @Service('profile')
  class Profile {
    @Public({ context: 1, fill: { 2: (call) => call.peer.id } })
    about(text: string, context: RequestContext, peer: Filled<string>, more: string): unknown {
      return [text, context.method, peer, more];
    }

    @Public()
    show(@CurrentUser user: Filled<{ name: string }>, text: string, @Language language: Filled<string>): unknown {
      return [user.name, text, language];
    }

    @Public({
      fill: {
        0: () => {
          throw new Error('nobody');
        },
      },
    })
    fail(_user: Filled<string>): void {}
  }

  it('are filled by the callee, whatever the caller sends', async () => {
    const profile = new Profile();
    await using pair = await nodes({
      services: [profile],
      server: { authenticate: () => ({ name: 'ann' }) },
    });
    const remote = await pair.peer.queryInterface<Profile>('profile');
    expect(await remote.about('a', 'b')).toEqual(['a', 'about', 'client', 'b']);
    expect(await remote.show('text')).toEqual(['ann', 'text', 'none']);
    expect(await pair.peer.call('profile', 'show', [{ name: 'eve' }, 'xx'])).toEqual(['ann', { name: 'eve' }, 'none']);
    expect(await pair.peer.call('profile', 'about', [])).toEqual(
      [null, 'about', 'client'].map((each) => each ?? undefined).concat([undefined]),
    );
    expect(await failure(remote.fail())).toMatchObject({ message: 'nobody' });
  });

  it('by defineService', async () => {
    const service = defineService({
      name: 'profile',
      fill: { show: { 0: (call) => call.user?.name } },
      methods: { show: (user: Filled<string>, text: string) => `${user}: ${text}` },
    });
    await using pair = await nodes({ services: [service], server: { authenticate: () => ({ name: 'bob' }) } });
    const remote = await pair.peer.queryInterface<typeof service>('profile');
    expect(await remote.show('hi')).toBe('bob: hi');
  });
});

it('a middleware that returns no handler is refused when it is composed', async () => {
  const broken = (() => undefined) as unknown as Middleware;
  await using node = await Netron.create({ logger: quiet, middleware: { incoming: [broken] } });
  const service = defineService({ name: 'a', methods: { b: (_next: Handler) => 1 } });
  expect(await failure(node.peer.exposeService(service))).toMatchObject({ message: /'broken' must return a handler/ });
});
