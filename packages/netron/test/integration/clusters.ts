/** Nodes that call services of each other, in one process on virtual time. */
import { defineService, events, Idempotent, NetronError, type NetronOptions, withAnnotations } from '../../src/index.js';
import { discovered } from './discovered.js';

/** A service that says where it runs. */
export function users(id: string, version = '1.0.0') {
  const calls: string[] = [];
  const service = defineService({
    name: `users@${version}`,
    events: events<{ created: string }>(),
    methods: {
      where: () => {
        calls.push('where');
        return id;
      },
      fail: withAnnotations(() => {
        calls.push('fail');
        throw new NetronError('unavailable', `${id} is out of order`);
      }, Idempotent()),
      once: () => {
        calls.push('once');
        throw new NetronError('unavailable', `${id} is out of order`);
      },
      wait: () => new Promise<string>(() => {}),
      hangAt: (node: string) => (node === id ? new Promise<string>(() => {}) : id),
      async *count(to: number) {
        for (let number = 0; number < to; number += 1) yield `${id} ${number}`;
      },
      counter: () => {
        let value = 0;
        return defineService({ name: 'counter', methods: { next: () => `${id} ${(value += 1)}` } });
      },
      create: (name: string) => {
        (service as unknown as { emit(event: string, data: string): void }).emit('created', `${name} at ${id}`);
      },
    },
    properties: { level: 1 },
    writable: ['level'],
  });
  return Object.assign(service, { calls });
}
export type Users = ReturnType<typeof users>;

/** Nodes that call each other. */
export function cluster() {
  const base = discovered({ allowServiceEvents: true, remoteEvents: true });
  const services: Users[] = [];
  const { create } = base;
  const server = async (id: string, version?: string, options: NetronOptions = {}) => {
    const node = await create(id, options);
    const service = users(id, version);
    services.push(service);
    await node.peer.exposeService(service);
    return { node, service };
  };
  return {
    ...base,
    server,
    /** Runs of the method that fails, at all servers. */
    failures: () => services.flatMap(({ calls }) => calls.filter((name) => name === 'fail')).length,
    client: (options: NetronOptions = {}) => create('client', { transports: {}, ...options }),
  };
}

/** Answers of `count` calls, sorted. */
export async function spread(remote: { where(): Promise<string> }, count: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (let call = 0; call < count; call += 1) {
    const where = await remote.where();
    found[where] = (found[where] ?? 0) + 1;
  }
  return found;
}
