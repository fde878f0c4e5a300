import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Http, type HttpRule } from '../../src/http/index.js';
import { defineService, Idempotent, Netron, Public, Service, withAnnotations } from '../../src/index.js';
import { type Served, serve } from './server.js';

const users = new Map([['1', 'Ada']]);
const files = new Map<string, string>();

@Http({ headers: { 'X-Robots-Tag': 'noindex' } })
@Service('users@1.0.0')
class Users {
  @Public({ http: { status: 201 } })
  add(id: string, name: string) {
    users.set(id, name);
    return id;
  }

  @Public({ idempotent: true, http: { method: 'PUT', headers: { 'X-Kind': 'user' } } })
  rename(id: string, name: string) {
    users.set(id, name);
    return name;
  }

  @Public({ idempotent: true, http: { method: 'DELETE' } })
  remove(id: string) {
    return users.delete(id);
  }

  @Public({ safe: true })
  name(id: string) {
    return users.get(id);
  }

  @Public({ idempotent: true, http: { method: 'PUT', status: 201 } })
  async store(name: string, file: Blob) {
    files.set(name, await new Response(file.stream()).text());
    return files.get(name)?.length;
  }

  @Public({ readonly: false })
  mode = 'open';
}

let served: Served;
beforeAll(async () => {
  served = await serve([new Users()], { cors: { origins: ['https://app.example.com'] } });
});
afterAll(() => served.close());

const by = (method: string, path: string, body?: string, type = 'application/json') =>
  served.ask(path, { method, ...(body !== undefined && { body, headers: { 'content-type': type } }) });

describe('the annotation http', () => {
  it('TR-08: adds an HTTP method in addition to POST, a status and headers', async () => {
    const put = await by('PUT', '/users/rename', '["1","Grace"]');
    expect([put.status, put.headers.get('x-kind'), await put.json()]).toEqual([200, 'user', 'Grace']);
    const post = await served.post('/users/rename', ['1', 'Ada']);
    expect([post.status, post.headers.get('x-kind'), users.get('1')]).toEqual([200, 'user', 'Ada']);
    const added = await served.post('/users/add', ['2', 'Alan']);
    expect([added.status, added.headers.get('x-robots-tag'), await added.json()]).toEqual([201, 'noindex', '2']);
    const other = await by('PATCH', '/users/rename', '["1","x"]');
    expect([other.status, other.headers.get('allow'), users.get('1')]).toEqual([405, 'POST, PUT', 'Ada']);
  });

  it('reads the arguments of DELETE from the query, and refuses a body, which proxies may drop', async () => {
    users.set('3', 'Edsger');
    expect((await by('DELETE', '/users/remove', '["3"]')).status).toBe(400);
    expect(users.has('3')).toBe(true);
    expect(await (await by('DELETE', '/users/remove?args=["3"]')).json()).toBe(true);
    expect(users.has('3')).toBe(false);
  });

  it('accepts a file with PUT', async () => {
    const stored = await by('PUT', '/users/store?args=["a.txt"]', 'hello', 'text/x-note');
    expect([stored.status, await stored.json(), files.get('a.txt')]).toEqual([201, 5, 'hello']);
  });

  it('does not change the status of failures and of 304', async () => {
    const first = await served.ask('/users/name?args=["1"]');
    expect([first.status, first.headers.get('x-robots-tag')]).toEqual([200, 'noindex']);
    const again = await served.ask('/users/name?args=["1"]', { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
    expect((await by('PUT', '/users/rename', '{')).status).toBe(400);
  });

  it('is part of the description, and allows its method in preflight requests of allowed origins', async () => {
    const { members } = await (await served.ask('/$services/users')).json();
    const rename = members.find(({ name }: { name: string }) => name === 'rename');
    expect(rename.annotations.http).toEqual({ headers: { 'X-Kind': 'user' }, method: 'PUT' });
    const asked = await served.ask('/users/rename', { method: 'OPTIONS', headers: { origin: 'https://app.example.com' } });
    expect(asked.headers.get('access-control-allow-methods')).toContain('PUT');
  });

  it('a property can be written with POST only', async () => {
    expect((await served.ask('/users/mode?args=["closed"]')).status).toBe(405);
    expect(await (await served.ask('/users/mode')).json()).toBe('open');
    expect((await served.post('/users/mode', ['closed'])).status).toBe(200);
    expect(await (await served.ask('/users/mode')).json()).toBe('closed');
  });

  it.each([
    [{ method: 'GET' }, 'http.method must be one of PUT, PATCH, DELETE, not GET'],
    [{ status: 204 }, 'http.status must be an integer between 200 and 203, not 204'],
    [{ headers: { 'Content-Type': 'text/html' } }, "not 'Content-Type'"],
    [{ headers: { 'x-a': 'a\r\nx-b: b' } }, "http.headers['x-a'] must be a string of printable ASCII"],
    [{ path: '/users' }, "not 'path'"],
    ['/users', "http must be an object such as { method: 'PUT' }"],
  ])('Http(%j) throws', (rule, message) => {
    expect(() => Http(rule as HttpRule)).toThrow(message);
  });

  it('refuses PUT and DELETE for members that are not idempotent', async () => {
    const node = await Netron.create({ logLevel: 'error' });
    const expose = (...annotations: Parameters<typeof withAnnotations>[1][]) =>
      node.peer.exposeService(defineService({ name: 'one', methods: { put: withAnnotations(() => 1, ...annotations) } }));
    await expect(expose(Http({ method: 'PUT' }))).rejects.toThrow('one.put: HTTP method PUT may be retried');
    await expose(Http({ method: 'PUT' }), Idempotent());
    await node.stop();
  });

  it('does not affect calls in batches and within the process', async () => {
    const item = { id: 1, service: 'users', method: 'add', args: ['4', 'Barbara'] };
    const batch = await served.post('/$batch', [item]);
    expect([batch.status, batch.headers.get('x-robots-tag')]).toEqual([200, null]);
    const local = await served.node.peer.queryInterface<Users>('users');
    expect(await local.name('4')).toBe('Barbara');
  });
});
