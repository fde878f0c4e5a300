import { describe, expect, it } from 'vitest';
import { connect, middleware } from '../../src/client.js';
import {
  defineService,
  type Handler,
  MemoryNetwork,
  MemoryTransport,
  Netron,
  NotFoundError,
  RemoteError,
} from '../../src/index.js';
import { failure, nodes } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

class Unknown extends Error {}

const api = () =>
  defineService({
    name: 'users@1.0.0',
    methods: {
      find: (id: string): string => {
        throw new NotFoundError(`no user '${id}'`);
      },
      parse: (): never => {
        throw new TypeError('no text');
      },
      odd: (): never => {
        throw new Unknown('odd');
      },
      profile: () => ({ name: 'Ann' }),
      wait: () => new Promise<void>(() => {}),
    },
  });

const here = /call-sites\.test\.[a-z]+:\d+:\d+/;

describe('the stack of a failed call', () => {
  it.each([
    ['a named error', 'find', NotFoundError, "NotFoundError: no user 'x'"],
    ['an error of the language', 'parse', TypeError, 'TypeError: no text'],
    ['an error of an unknown class', 'odd', RemoteError, 'Error: odd'],
  ] as const)('names the call: %s', async (_name, method, Class, first) => {
    await using pair = await nodes({ services: [api()] });
    const users = await pair.peer.queryInterface<ReturnType<typeof api>>('users');
    const error = (await failure(users[method]('x' as never))) as Error;
    expect(error).toBeInstanceOf(Class);
    expect(error.stack).toBe(`${first}\n    at users.${method} (a remote peer)`);
  });

  it('names a call that timed out', async () => {
    const clock = new VirtualClock();
    await using pair = await nodes({ services: [api()], client: { clock }, server: { clock } });
    const users = await pair.peer.queryInterface<ReturnType<typeof api>>('users');
    const error = (await clock.settle(failure(users.wait()))) as Error;
    expect(error.stack).toMatch(/^NetronError: users\.wait did not answer.*\n {4}at users\.wait \(a remote peer\)$/);
  });

  it('does not show the caller by default', async () => {
    await using pair = await nodes({ services: [api()] });
    const users = await pair.peer.queryInterface<ReturnType<typeof api>>('users');
    expect(((await failure(users.find('x'))) as Error).stack).not.toMatch(here);
  });
});

describe('with callSites', () => {
  it('begins with the line of the call', async () => {
    await using pair = await nodes({ services: [api()], client: { callSites: true } });
    const users = await pair.peer.queryInterface<ReturnType<typeof api>>('users');
    const showUser = () => users.find('x');
    const lines = ((await failure(showUser())) as Error).stack?.split('\n') ?? [];
    expect(lines[1]).toBe('    at users.find (a remote peer)');
    expect(lines[2]).toMatch(here);
    expect(lines[2]).toContain('showUser');
  });

  it('begins with that line for pipelined calls, and for calls that middleware delays', async () => {
    const later =
      (next: Handler): Handler =>
      async (call) => {
        await Promise.resolve();
        return next(call);
      };
    await using pair = await nodes({ services: [api()], client: { callSites: true, middleware: { outgoing: [later] } } });
    const users = await pair.peer.queryInterface<ReturnType<typeof api>>('users');
    const delayed = (await failure(users.find('x'))) as Error;
    expect(delayed.stack?.split('\n')[2]).toMatch(here);
    const nested = (await failure((users.profile() as unknown as { missing(): Promise<void> }).missing())) as Error;
    expect(nested.stack).toMatch(here);
  });

  it('works for clients', async () => {
    const network = new MemoryNetwork();
    await using server = await Netron.create({
      additionalTransports: [new MemoryTransport(network)],
      transports: { memory: { name: 'server' } },
    });
    await server.peer.exposeService(api());
    const peer = await connect('memory:server', {
      transport: new MemoryTransport(network),
      with: [middleware({}, { callSites: true })],
    });
    const users = await peer.queryInterface<ReturnType<typeof api>>('users');
    expect(((await failure(users.find('x'))) as Error).stack).toMatch(here);
    await peer.disconnect();
  });
});
