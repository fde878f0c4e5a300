/** The tables "Netron Class", "Peer Class" and "Decorators" of the README, line by line. */
import { describe, expectTypeOf, it } from 'vitest';
import { Netron, type NetronConnectOptions, type NetronOptions, type Peer, Public, Service } from '../../src/index.js';

declare const netron: Netron;
declare const peer: Peer;

describe('Netron', () => {
  it('create, connect, stop', () => {
    expectTypeOf(Netron.create).toBeCallableWith();
    expectTypeOf(Netron.create).parameter(0).toEqualTypeOf<NetronOptions | undefined>();
    expectTypeOf(Netron.create).returns.toEqualTypeOf<Promise<Netron>>();
    expectTypeOf(netron.connect).toBeCallableWith('ws://localhost:8080');
    expectTypeOf(netron.connect).parameter(1).toEqualTypeOf<NetronConnectOptions | undefined>();
    expectTypeOf(netron.connect('ws://localhost:8080')).resolves.toExtend<Peer>();
    expectTypeOf(netron.stop()).toEqualTypeOf<Promise<void>>();
  });

  it('tasks and events', () => {
    expectTypeOf(netron.addTask(function task() {})).toEqualTypeOf<void>();
    expectTypeOf(netron.subscribe('event', (data: { id: string }) => data.id)).toBeFunction();
    expectTypeOf(netron.emitParallel('event', 1)).toEqualTypeOf<Promise<unknown[]>>();
    expectTypeOf(netron.emitParallel<'event', number>('event', 1)).toEqualTypeOf<Promise<number[]>>();
    expectTypeOf(netron.emitSerial('event', 1)).toEqualTypeOf<Promise<unknown[]>>();
    expectTypeOf(netron.emitReduce('event', 1, (sum, value) => sum + value, 0)).toEqualTypeOf<Promise<number>>();
  });
});

describe('Peer', () => {
  it('services and tasks', () => {
    interface Calculator {
      add(a: number, b: number): Promise<number>;
    }
    expectTypeOf(peer.queryInterface<Calculator>('calculator')).resolves.toMatchTypeOf<Calculator>();
    expectTypeOf(peer.exposeService({})).toEqualTypeOf<Promise<void>>();
    expectTypeOf(peer.concealService('calculator')).toEqualTypeOf<Promise<void>>();
    expectTypeOf(peer.runTask('task', 1, 'two')).toEqualTypeOf<Promise<unknown>>();
    expectTypeOf(peer.getServiceNames()).toEqualTypeOf<string[]>();
    expectTypeOf(peer.hasService('calculator')).toEqualTypeOf<boolean>();
  });
});

it('Service and Public', () => {
  expectTypeOf(Service).toBeCallableWith('calculator@1.0.0');
  expectTypeOf(Public).toBeCallableWith();
  expectTypeOf(Public).toBeCallableWith({ readonly: true });
});
