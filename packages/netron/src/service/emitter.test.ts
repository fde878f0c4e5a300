import { describe, expect, it } from 'vitest';
import {
  attachServiceHost,
  emitServiceEvent,
  fulfilServiceMembers,
  onServiceEvent,
  ServiceBase,
  type ServiceHost,
} from './emitter.js';

interface Host extends ServiceHost {
  readonly netron: { readonly id: string };
  getConnection(): string;
}

class Files extends ServiceBase<{ done: string; idle: undefined }, Host> {
  run(name: string): void {
    this.emit('done', name);
    this.emit('idle');
  }
  describe(): string {
    return `${this.netron.id} ${this.getConnection()}`;
  }
}

const host = (id: string): Host => ({ netron: { id }, getConnection: () => 'connection' });

describe('SV-28: events of a service', () => {
  it('reach every listener in order until it is removed', () => {
    const files = new Files();
    const heard: unknown[] = [];
    const off = onServiceEvent(files, (event, data) => heard.push(['first', event, data]));
    onServiceEvent(files, (event, data) => heard.push(['second', event, data]));
    files.run('a');
    off();
    off();
    files.run('b');
    expect(heard).toEqual([
      ['first', 'done', 'a'],
      ['second', 'done', 'a'],
      ['first', 'idle', undefined],
      ['second', 'idle', undefined],
      ['second', 'done', 'b'],
      ['second', 'idle', undefined],
    ]);
  });

  it('a listener registered twice is removed once per call', () => {
    const files = new Files();
    let calls = 0;
    const listener = () => {
      calls++;
    };
    const off = onServiceEvent(files, listener);
    onServiceEvent(files, listener);
    off();
    emitServiceEvent(files, 'done', 'a');
    expect(calls).toBe(1);
  });

  it('instances do not share listeners', () => {
    const [one, other] = [new Files(), new Files()];
    let calls = 0;
    onServiceEvent(one, () => calls++);
    other.run('a');
    expect(calls).toBe(0);
  });

  it('emitting without listeners does nothing', () => {
    expect(() => new Files().run('a')).not.toThrow();
  });

  it('a listener that throws does not affect the others', () => {
    const files = new Files();
    const heard: string[] = [];
    onServiceEvent(files, () => {
      throw new Error('broken listener');
    });
    onServiceEvent(files, (event) => heard.push(event));
    expect(() => files.run('a')).toThrow('broken listener');
    expect(heard).toEqual(['done']);
  });
});

describe('SV-28, SV-29: node and connection of a service', () => {
  it('are set while it is exposed', () => {
    const files = new Files();
    expect(() => files.describe()).toThrow(/not exposed on a node/);
    const first = attachServiceHost(files, host('first'));
    expect(files.describe()).toBe('first connection');
    const second = attachServiceHost(files, host('second'));
    first();
    expect(files.describe()).toBe('second connection');
    second();
    expect(() => files.describe()).toThrow(/not exposed on a node/);
  });

  it('are those of the node that the current call came through', () => {
    const files = new Files();
    let calling = 'first';
    const shared: string[] = [];
    const lent = (id: string): Host => ({ ...host(id), serves: () => calling === id, shared: () => shared.push(id) });
    const first = attachServiceHost(files, lent('first'));
    expect(shared).toEqual([]);
    attachServiceHost(files, lent('second'));
    expect(shared).toEqual(['first', 'second']);
    expect(files.describe()).toBe('first connection');
    calling = 'second';
    expect(files.describe()).toBe('second connection');
    calling = 'neither';
    expect(files.describe()).toBe('second connection');
    calling = 'first';
    first();
    expect(files.describe()).toBe('second connection');
  });

  it('are set on a class that declares them as fields', () => {
    class Declared {
      emit = undefined as unknown as (event: string) => void;
      netron = undefined as unknown as { id: string };
    }
    fulfilServiceMembers(Declared.prototype);
    const service = new Declared();
    const heard: string[] = [];
    onServiceEvent(service, (event) => heard.push(event));
    attachServiceHost(service, host('node'));
    service.emit('x');
    expect(heard).toEqual(['x']);
    expect(service.netron.id).toBe('node');
  });

  it('can be overridden by the class', () => {
    class Own {
      declare netron: string;
      constructor() {
        this.netron = 'its own';
      }
    }
    fulfilServiceMembers(Own.prototype);
    const service = new Own();
    attachServiceHost(service, host('node'));
    expect(service.netron).toBe('its own');
  });
});
