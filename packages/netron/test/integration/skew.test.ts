/** Versions that differ at both ends of a connection: calls that fit go on, others say who is old. */
import { describe, expect, it } from 'vitest';
import { defineService, type Middleware, Netron, NetronError, SkewError } from '../../src/index.js';
import { quiet, until } from './nodes.js';
import { TappedTransport } from './wire.js';

interface Users {
  find(id: string): string;
  rename(id: string): string;
  check(id: string): string;
  fail(): void;
}

const users = (version: string, more: Record<string, (id: string) => string> = {}, middleware: Middleware[] = []) =>
  defineService({
    name: `users@${version}`,
    middleware,
    methods: {
      find: (id: string) => id,
      fail: () => {
        throw new NetronError('invalid_argument', 'as you wish');
      },
      ...more,
    },
  });

const rename = (id: string) => id;

/** A client whose server is replaced under it. */
async function deployed(before: object, after: object) {
  const memory = new TappedTransport();
  const common = { logger: quiet, additionalTransports: [memory], reconnectDelay: 1, stopTimeout: 0 };
  const start = async (service: object) => {
    const node = await Netron.create({ ...common, id: 'server', transports: { memory: { name: 'a' } } });
    await node.peer.exposeService(service);
    return node;
  };
  let server = await start(before);
  const client = await Netron.create({ ...common, id: 'client' });
  const peer = await client.connect('memory:a');
  const remote = await peer.queryInterface<Users>('users');
  expect(await remote.find('1')).toBe('1');
  const back = new Promise<void>((resolve) => peer.on('connected', () => resolve()));
  await server.stop();
  server = await start(after);
  await back;
  await until(() => peer.getServiceNames().length > 0);
  return {
    peer,
    remote,
    async [Symbol.asyncDispose]() {
      await Promise.all([client.stop({ timeout: 0 }), server.stop({ timeout: 0 })]);
    },
  };
}

const failing = (call: Promise<unknown>) =>
  call.then(
    (value) => value,
    (error: unknown) => error,
  );

describe('another version at the other end of a connection', () => {
  it('compatible calls succeed; a missing member is a SkewError that names the older side', async () => {
    await using nodes = await deployed(users('1.0.0', { rename }), users('2.0.0'));
    const { remote } = nodes;
    expect(await remote.find('2')).toBe('2');
    const error = (await failing(remote.rename('1'))) as SkewError;
    expect(error).toBeInstanceOf(SkewError);
    expect(error).toMatchObject({
      code: 'failed_precondition',
      outcome: 'not_run',
      details: { service: 'users', caller: '1.0.0', server: '2.0.0', older: 'caller' },
    });
    expect(error.message).toContain('the caller expects 1.0.0, the server has 2.0.0: the caller is outdated');
    // What a method says itself is not explained away.
    expect(await failing(remote.fail())).toMatchObject({ name: 'NetronError', code: 'invalid_argument' });
  });

  it.each(['1.0.0', '1.1.0'])('a new query gets the members that the service has now, as %s', async (version) => {
    await using nodes = await deployed(users('1.0.0'), users(version, { rename }));
    const { peer, remote } = nodes;
    const again = await peer.queryInterface<Users>('users');
    expect([await again.rename('1'), await peer.call('users', 'rename', ['2']), await remote.find('3')]).toEqual(['1', '2', '3']);
    expect(await peer.queryInterface<Users>('users')).toBe(again);
  });

  it('the server may be the older side', async () => {
    await using nodes = await deployed(users('1.1.0', { rename }), users('1.0.0'));
    expect(await failing(nodes.remote.rename('1'))).toMatchObject({ name: 'SkewError', details: { older: 'server' } });
  });

  it('arguments refused by the new version are a SkewError, too', async () => {
    const refuse: Middleware = () => () => {
      throw new NetronError('invalid_argument', 'id is a number');
    };
    const refusing = users('1.2.0', { check: rename }, [refuse]);
    await using nodes = await deployed(users('1.0.0', { check: rename }), refusing);
    expect(await failing(nodes.remote.check('1'))).toMatchObject({
      name: 'SkewError',
      outcome: 'not_run',
      details: { older: 'caller' },
    });
  });

  it('the manifest of a visible service has a fingerprint of its content', async () => {
    const memory = new TappedTransport();
    const common = { logger: quiet, additionalTransports: [memory], stopTimeout: 0 };
    await using server = await Netron.create({
      ...common,
      transports: { memory: { name: 'b' } },
      visible: (_caller, { name }) => name !== 'hidden',
    });
    await server.peer.exposeService(users('1.0.0'));
    await server.peer.exposeService(users('1.1.0', { rename }));
    await server.peer.exposeService(defineService({ name: 'hidden', methods: { open: () => 1 } }));
    await using client = await Netron.create(common);
    const peer = await client.connect('memory:b');
    const old = await peer.describe('users@1.0.0');
    expect(old).toMatchObject({ name: 'users', version: '1.0.0', members: [{ name: 'find', kind: 'method' }, { name: 'fail' }] });
    const now = await peer.describe('users');
    expect(now.version).toBe('1.1.0');
    expect(now.fingerprint).not.toBe(old.fingerprint);
    for (const name of ['hidden', 'nothing']) {
      expect(await failing(peer.describe(name))).toMatchObject({ code: 'not_found' });
    }
  });

  it('without a difference a refusal keeps its own error', async () => {
    await using nodes = await deployed(users('1.0.0', { rename }), users('1.0.0', { rename }));
    expect(await failing((nodes.remote as unknown as { nothing(): Promise<void> }).nothing())).toMatchObject({
      name: 'NetronError',
      code: 'not_found',
    });
  });
});
