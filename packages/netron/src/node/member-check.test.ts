import { describe, expect, it } from 'vitest';
import { failure, nodes } from '../../test/integration/nodes.js';
import { defineService, MemoryTransport, Netron } from '../index.js';
import { TransportRule } from '../service/declare/annotations.js';

/** A service of one method that can be called through `names` only. */
const only = (names: string[]) =>
  defineService({
    name: 'jobs@1.0.0',
    annotations: [TransportRule(names)],
    methods: { run: () => 'ran' },
  });

describe('the transport that a member names', () => {
  it.each([
    ['htpp', "jobs.run: unknown transport 'htpp'; did you mean 'http'?"],
    ['webscket', "jobs.run: unknown transport 'webscket'; did you mean 'websocket'?"],
    ['qeue', "jobs.run: unknown transport 'qeue'; did you mean 'queue'?"],
    ['pigeon', /^jobs\.run: unknown transport 'pigeon'; known: http, .*, queue, local, and those of the option edges$/],
  ])("has to be there: '%s' is refused when the service is exposed", async (name, message) => {
    await using node = await Netron.create({ edges: ['queue'], logLevel: 'error' });
    const refused = await failure(node.peer.exposeService(only(['http', name])));
    expect(refused).toBeInstanceOf(TypeError);
    expect((refused as Error).message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
    expect(node.getServices()).toEqual([]);
  });

  it('may be a transport of the node, one of the program, an edge, or local; the list may be empty', async () => {
    const transport = Object.assign(new MemoryTransport(), { name: 'own', schemes: ['loop'] });
    await using node = await Netron.create({ additionalTransports: [transport], edges: ['queue'], logLevel: 'error' });
    for (const names of [['websocket'], ['http'], ['loop'], ['queue'], ['local'], []])
      await node.peer.exposeService(only(names), { replace: true });
  });

  it('is also checked for a service that a method returns', async () => {
    const shop = defineService({ name: 'shop@1.0.0', methods: { jobs: () => only(['htpp']) } });
    await using pair = await nodes({ services: [shop] });
    const remote = await pair.peer.queryInterface<typeof shop>('shop');
    expect(await failure(remote.jobs())).toMatchObject({ message: expect.stringContaining("unknown transport 'htpp'") });
  });

  it.each([['queue'], [['']], [[5]]])('refuses %j as edges: an edge is a non-empty string', (edges) => {
    expect(() => Netron.prepare({ edges: edges as string[] })).toThrow(TypeError);
  });

  it('calls of an edge have its name as their transport', async () => {
    await using node = await Netron.create({ edges: ['queue'], logLevel: 'error' });
    await node.peer.exposeService(only(['queue']));
    const by = (transport: string) =>
      node.dispatch({ service: 'jobs', method: 'run', caller: { id: 'a', identity: undefined, transport } });
    expect(await by('queue')).toBe('ran');
    expect(await failure(by('http'))).toMatchObject({ code: 'permission_denied' });
  });
});
