/** What cannot be sent fails by itself: the connection, other calls and other subscribers go on. */
import { describe, expect, it } from 'vitest';
import { createService, defineService, getCallContext, type RemotePeer } from '../../src/index.js';
import { failure, nodes, until } from './nodes.js';

const echo = () =>
  defineService({
    name: 'echo@1.0.0',
    methods: {
      echo: (value: unknown) => value,
      size: async (file: { bytes(): Promise<Uint8Array>; lastModified: number }) => [
        (await file.bytes()).length,
        file.lastModified,
      ],
      hang: () => {
        const { signal } = getCallContext();
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
      },
    },
  });
type Echo = ReturnType<typeof echo>;

const echoOf = (peer: RemotePeer) => peer.queryInterface<Echo>('echo');

describe('values that a writer accepts arrive', () => {
  it('data: and tel: URLs arrive; a URL with a long host fails its call only', async () => {
    await using pair = await nodes({ services: [echo()] });
    const service = await echoOf(pair.peer);
    for (const text of ['data:text/plain,hello world', 'tel:+1 234']) {
      expect((await service.echo(new URL(text))) as URL).toStrictEqual(new URL(text));
    }
    const problem = await failure(service.echo([new URL(`http://${'a'.repeat(300)}/`)]));
    expect(problem).toMatchObject({ code: 'invalid_argument', message: expect.stringContaining('[0][0]') });
    expect(pair.peer.state).toBe('ready');
  });

  it('lone surrogates arrive unchanged, also as elements and keys', async () => {
    await using pair = await nodes({ services: [echo()] });
    const service = await echoOf(pair.peer);
    const value = { set: new Set(['\ud83d', '\ude00']), map: new Map([['\ud83d', 1]]), '\ud83d': 1, '\ude00': 2 };
    expect(await service.echo(value)).toStrictEqual(value);
    expect(pair.peer.state).toBe('ready');
  });

  it('a Node file with a fractional time arrives with whole milliseconds', async () => {
    await using pair = await nodes({ services: [echo()] });
    const service = await echoOf(pair.peer);
    const file = new File(['xyz'], 'a', { lastModified: 1.5 });
    expect(await service.size(file as never)).toEqual([3, 1]);
    expect(pair.peer.state).toBe('ready');
  });

  it('a service that is a property of another can be sent after it', async () => {
    const child = defineService({ name: 'child', methods: { name: () => 'child' } });
    const parent = createService('parent', { child, hello: () => 'hello' });
    const home = defineService({ name: 'home', methods: { parent: () => parent, child: () => child } });
    await using pair = await nodes({ services: [home] });
    const service = await pair.peer.queryInterface<typeof home>('home');
    const before = pair.peer.load.handlesHeld;
    const first = await service.parent();
    expect(await first.hello()).toBe('hello');
    expect(pair.peer.load.handlesHeld).toBe(before + 1);
    expect(await (await service.child()).name()).toBe('child');
    expect(pair.peer.state).toBe('ready');
  });

  it('a service with properties only is sent by reference', async () => {
    const settings = defineService({ name: 'settings', methods: {}, properties: { theme: 'dark' } });
    const home = defineService({ name: 'home', methods: { settings: () => settings } });
    await using pair = await nodes({ services: [home] });
    const service = await pair.peer.queryInterface<typeof home>('home');
    const got = (await service.settings()) as unknown as { theme: Promise<string> };
    settings.theme = 'light';
    expect(await got.theme).toBe('light');
  });

  it('two proxies of one service in a Set arrive as one service', async () => {
    await using pair = await nodes({ services: [echo()] });
    const { withOptions } = await import('../../src/index.js');
    const service = await echoOf(pair.peer);
    const other = withOptions(service, { timeout: 1_000 });
    const got = (await service.echo(new Set([service, other]))) as Set<unknown>;
    expect(got.size).toBeLessThanOrEqual(2);
    expect(pair.peer.state).toBe('ready');
  });

  it('an event that one subscriber cannot read closes no connection', async () => {
    await using pair = await nodes({ server: { remoteEvents: true }, client: { limits: { depth: 8 } } });
    const heard: unknown[] = [];
    await pair.peer.subscribe('tick', (data: unknown) => void heard.push(data));
    let deep: unknown = 1;
    for (let level = 0; level < 20; level += 1) deep = [deep];
    for (const data of [deep, Symbol('x'), new URL(`http://${'a'.repeat(300)}/`), 'after']) pair.server.publish('tick', data);
    await until(() => heard.length > 0);
    expect(heard).toEqual(['after']);
    expect(pair.peer.state).toBe('ready');
  });

  it('a getter may change the collection that is being written', async () => {
    await using pair = await nodes({ services: [echo()] });
    const service = await echoOf(pair.peer);
    const map = new Map<string, unknown>();
    map.set('a', {
      get x() {
        map.delete('b');
        return map.set('c', 1).size;
      },
    });
    map.set('b', 2);
    expect(await service.echo(map)).toEqual(
      new Map<string, unknown>([
        ['a', { x: 2 }],
        ['b', 2],
      ]),
    );
    expect(pair.peer.state).toBe('ready');
  });

  it('releases handles of arguments when a later argument fails', async () => {
    await using pair = await nodes({ services: [echo()] });
    const service = await echoOf(pair.peer);
    const { handlesGiven, streamsOut } = pair.peer.load;
    async function* numbers() {
      yield 1;
    }
    await failure(service.echo([() => 1, numbers(), echo(), Symbol('x')]));
    expect(pair.peer.load).toMatchObject({ handlesGiven, streamsOut });
  });
});
