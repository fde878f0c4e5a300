/** A page whose server does not return the code for arguments, results and errors. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeServer, problem } from './fake-server.js';

const parts = ['full-json', 'status-failure'];

/** A peer whose lazy parts cannot be loaded, as after a deployment that has removed them. */
async function setup() {
  for (const part of parts) {
    vi.doMock(`../src/request/${part}.js`, () => {
      throw new Error('404');
    });
  }
  vi.resetModules();
  const { HttpRemotePeer } = await import('../src/index.js');
  const server = new FakeServer()
    .on('users.find', { safe: true }, ({ args }) => ({ id: args[0], since: new Date(0) }))
    .on('users.count', { safe: true }, () => 1n)
    .on('users.drop', {}, () => new Map())
    .on('users.refuse', {}, () => problem(403, 'permission_denied', 'not yours', { outcome: 'not_run' }))
    .on('users.late', {}, () => problem(504, 'deadline_exceeded', 'too late', { outcome: 'unknown' }))
    .on('users.page', {}, () => new Response('<html>', { status: 502 }));
  const peer = new HttpRemotePeer('http://x.test', { fetch: server.fetch });
  const users = await peer.queryInterface<Record<string, (...args: unknown[]) => Promise<unknown>>>('users');
  return { server, users };
}

afterEach(() => {
  for (const part of parts) vi.doUnmock(`../src/request/${part}.js`);
  vi.resetModules();
});

describe('lazy code for values that cannot be loaded', () => {
  it('is not needed for the values of most calls', async () => {
    const { users } = await setup();
    expect(await users.find!('7')).toEqual({ id: '7', since: new Date(0) });
  });

  it('fails only the call whose answer needs it, as if the answer had been lost', async () => {
    const { users } = await setup();
    await expect(users.count!()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(users.drop!()).rejects.toMatchObject({ code: 'unknown_outcome' });
  });

  it('fails a call before it is sent when its arguments need it', async () => {
    const { users, server } = await setup();
    await expect(users.drop!(new Map())).rejects.toMatchObject({ code: 'unavailable', outcome: 'not_run' });
    expect(server.calls('users.drop')).toHaveLength(0);
  });

  it('is not needed for code, message and outcome of errors', async () => {
    const { users } = await setup();
    const refused = { code: 'permission_denied', message: 'not yours', outcome: 'not_run', statusCode: 403 };
    await expect(users.refuse!()).rejects.toMatchObject(refused);
    await expect(users.late!()).rejects.toMatchObject({ code: 'deadline_exceeded', outcome: 'unknown' });
    await expect(users.page!()).rejects.toMatchObject({ code: 'unavailable', outcome: 'unknown' });
  });
});
