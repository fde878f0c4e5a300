import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createService, defineService, Netron, Public, Service, setProperty } from '../../src/index.js';
import { failure, nodes, quiet, settled, transports } from './nodes.js';

const hostile = [
  ...['__proto__', 'constructor', 'prototype', 'then', 'catch', 'finally', 'toString', 'toLocaleString', 'valueOf', 'toJSON'],
  ...['hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', '__defineGetter__', '__defineSetter__', '__lookupGetter__'],
  ...['__lookupSetter__', 'call', 'apply', 'bind', 'arguments', 'caller', 'length', 'name', 'inspect', 'nodeType', '$$typeof'],
  ...['_events', '_eventsCount', 'emit', 'on', 'once', 'off', 'addListener', 'removeListener', 'netron', 'getConnection'],
  ...['Symbol(Symbol.iterator)', '@@iterator', 'Symbol.asyncIterator', '#secret', 'secret', '_secret', 'hidden', ''],
  ...[' ', '\u0000', '.', '..', '../secret', 'a'.repeat(200)],
];

let leaks = 0;

class Base {
  @Public() inherited(): string {
    return 'from base';
  }
  baseOnly(): string {
    leaks += 1;
    return 'no';
  }
}

@Service('vault@1.0.0')
class Vault extends Base {
  #secret = 'inner';
  hidden = 'field';
  _secret = 'field';
  @Public() open(): string {
    return 'open';
  }
  secret(): string {
    leaks += 1;
    return this.#secret;
  }
}

describe.each(transports)('members over %s', (transport) => {
  it('A6: 51 hostile names reach nothing as member, service, task, event and version, with equal errors', async () => {
    expect(hostile.length).toBeGreaterThanOrEqual(51);
    leaks = 0;
    await using pair = await nodes({ transport, services: [new Vault()], server: { remoteEvents: ['vault:*'] } });
    pair.server.addTask('secretTask', () => 'no', { remote: false });
    const unknown = await failure(pair.peer.call('vault', 'reallyUnknown'));
    for (const name of hostile) {
      const member = await failure(pair.peer.call('vault', name));
      expect(member, name).toMatchObject({ code: 'not_found' });
      expect(member.message).toBe(unknown.message.replace('reallyUnknown', () => name));
      expect(await failure(pair.peer.queryInterface(name)), name).toMatchObject({ code: 'not_found' });
      const version = await failure(pair.peer.queryInterface(`vault@${name}!`));
      expect(version, name).toMatchObject({ code: 'invalid_argument' });
      expect((await failure(pair.peer.queryInterface(`unknown@${name}!`))).message).toBe(version.message);
      expect(await failure(pair.peer.runTask(name)), name).toMatchObject({ code: 'not_found' });
      expect(await failure(pair.peer.subscribe(name, () => {})), name).toBeInstanceOf(Error);
    }
    expect(leaks).toBe(0);
    expect(pair.peer.state).toBe('ready');
  });

  it('49: a missing member and a hidden one give rejected promises', async () => {
    await using pair = await nodes({ transport, services: [new Vault()] });
    const vault = (await pair.peer.queryInterface<Vault>('vault')) as unknown as Record<string, () => Promise<unknown>>;
    const missing = await failure(vault.nothing?.() as Promise<unknown>);
    const hidden = await failure(vault.secret?.() as Promise<unknown>);
    expect(missing).toMatchObject({ code: 'not_found' });
    expect(hidden.message).toBe(missing.message.replace('nothing', 'secret'));
    expect(() => {
      vault.nothing = async () => 1;
    }).toThrow('nothing');
  });

  it('22, 23: a hidden and a missing service give equal errors; a name is never a pattern', async () => {
    await using pair = await nodes({ transport, services: [new Vault()] });
    const patterns = ['v.*', 'vaul(', 'va?lt', '*', 'VAULT', 'vault ', 'x'.repeat(10_000)];
    for (const name of patterns) {
      expect(await failure(pair.peer.queryInterface(name)), name.slice(0, 20)).toMatchObject({ code: 'not_found' });
    }
  });

  it('56: inherited public members are exposed, others are not', async () => {
    await using pair = await nodes({ transport, services: [new Vault()] });
    const vault = await pair.peer.queryInterface<Vault>('vault');
    expect(await vault.inherited()).toBe('from base');
    expect(await failure(vault.baseOnly())).toMatchObject({ code: 'not_found' });
  });

  it('48: implicit operations of JavaScript on a proxy make no call and do not throw', async () => {
    let calls = 0;
    await using pair = await nodes({ transport, services: [new Vault()] });
    pair.server.on('rpc:start', () => {
      calls += 1;
    });
    const vault = await pair.peer.queryInterface<Vault>('vault');
    await settled();
    calls = 0;
    expect(typeof JSON.stringify(vault)).toBe('string');
    expect(String(vault)).toBe('[Remote vault@1.0.0]');
    expect(inspect(vault)).toContain('vault');
    expect(`${vault as unknown as string}`).toContain('vault');
    expect(await vault).toBe(vault);
    expect(vault instanceof Vault).toBe(false);
    expect(await Promise.resolve(vault)).toBe(vault);
    expect('open' in vault).toBe(true);
    expect(Object.keys(vault)).toEqual([]);
    expect(vault).toEqual(vault);
    expect((vault as unknown as { then?: unknown }).then).toBeUndefined();
    await settled();
    expect(calls).toBe(0);
  });
});

describe('hostile property writes', () => {
  it('12: never change a prototype', async () => {
    const service = defineService({
      name: 'box@1.0.0',
      methods: { keep: (value: unknown) => value },
      properties: { open: 1 },
      writable: ['open'],
    });
    await using pair = await nodes({ services: [service] });
    const box = await pair.peer.queryInterface<typeof service>('box');
    for (const name of ['__proto__', 'constructor', 'prototype', 'keep'] as const) {
      expect(await failure(setProperty(box as never, name as never, {} as never)), name).toMatchObject({ code: 'not_found' });
    }
    const polluting = JSON.parse('{"__proto__":{"polluted":true}}') as never;
    expect(await failure(setProperty(box, 'open', polluting))).toMatchObject({ code: 'invalid_argument' });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect((service as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(service)).toBe(Object.prototype);
  });
});

describe('ruling 35: createService', () => {
  it('exposes own functions and methods of the class, never constructor or members of Object', async () => {
    class Thing {
      greet(name: string): string {
        return `hi ${name}`;
      }
    }
    await using pair = await nodes({ services: [createService('thing@2.0.0', new Thing())] });
    const thing = await pair.peer.queryInterface<Thing>('thing@^2');
    expect(await thing.greet('x')).toBe('hi x');
    for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__']) {
      expect(await failure(pair.peer.call('thing', name)), name).toMatchObject({ code: 'not_found' });
    }
  });
});

describe('the local peer', () => {
  it('answers like a remote peer', async () => {
    await using node = await Netron.create({ logger: quiet });
    await node.peer.exposeService(new Vault());
    const vault = await node.peer.queryInterface<Vault>('vault@1');
    expect(await vault.open()).toBe('open');
    expect(await vault.inherited()).toBe('from base');
    expect(await failure(vault.secret())).toMatchObject({ code: 'not_found' });
    expect(await failure(node.peer.queryInterface('nothing'))).toMatchObject({ code: 'not_found' });
    expect(await vault).toBe(vault);
    expect(node.peer.getServiceNames()).toEqual(['vault@1.0.0']);
    expect(node.peer.hasService('vault')).toBe(true);
    node.peer.releaseInterface(vault);
    expect(node.getServices().map(({ name, version }) => `${name}@${version}`)).toEqual(['vault@1.0.0']);
  });
});
