import { expect, it } from 'vitest';
import { NetronError } from '../errors/netron-error.js';
import { target } from '../service/call/proxy.js';
import type { ServiceDefinition } from '../service/definition.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { type BindingPeer, ServiceBinding } from './binding.js';
import type { Callee } from './calls/callee.js';
import { LastingBinding } from './lasting-binding.js';
import { allParts } from './link/all-parts.js';

const method = (name: string) => ({ name, kind: 'method' }) as const;
const shop: ServiceDefinition = { name: 'shop', version: '1.0.0', members: [method('find'), method('buy')] };

/** A peer that accepts calls, the requests that it got, and services found on its link. */
function peered() {
  const clock = new VirtualClock();
  const sent: [handle: number, member: number, args: unknown[] | undefined, timeout: number | undefined][] = [];
  const given: [handle: number, count: number][] = [];
  const noticed: string[] = [];
  let failure: NetronError | undefined;
  const call = ({ handle, member }: Callee, args: unknown[] | undefined, options?: { timeout?: number }) => {
    sent.push([handle, member, args, options?.timeout]);
    return failure === undefined ? Promise.resolve('called') : Promise.reject(failure);
  };
  const link = { calls: { call }, imports: { releaseChildren() {} } };
  const peer = {
    id: 'other',
    identity: undefined,
    node: { clock, parts: allParts },
    outgoingChain: undefined,
    accepting: true,
    services: {
      forget: ({ query }: ServiceBinding) => void noticed.push(`forgets ${query}`),
      recovery: { found: async () => void noticed.push('searched') },
    },
    subscriptions: { add: async () => async () => void noticed.push('unsubscribed') },
    ready: async (): Promise<unknown> => link,
    reportError() {},
  };
  const found = (handle: number, definition = shop): object => {
    return { [target]: { link, handle, definition, count: 1, giveBack: (count: number) => void given.push([handle, count]) } };
  };
  const bind = (Class = ServiceBinding): ServiceBinding => {
    const binding = new Class(peer as BindingPeer, 'shop@^1.0.0', found(7));
    binding.holders = 1;
    return binding;
  };
  const fails = (error: NetronError) => {
    failure = error;
  };
  return { bind, clock, fails, found, given, link, noticed, peer, sent };
}

it('a call names the member on the link on which the service was found', async () => {
  const { bind, link, sent } = peered();
  const binding = bind();
  expect(await binding.invoke(1, ['book'], { timeout: 5 })).toBe('called');
  expect(sent).toEqual([[7, 1, ['book'], 5]]);
  expect([binding.attached, binding.referenceOn(link)?.handle, binding.referenceOn({})]).toEqual([true, 7, undefined]);
});

it('a service of one connection fails its calls with the reason once it is gone', async () => {
  const { bind, peer, sent } = peered();
  const binding = bind();
  binding.detach();
  await expect(binding.invoke(0, [], undefined)).rejects.toMatchObject({
    code: 'not_found',
    message: "no service 'shop@^1.0.0'",
  });
  peer.accepting = false;
  peer.ready = () => Promise.reject(new NetronError('unavailable', 'closed'));
  await expect(bind().invoke(0, [], undefined)).rejects.toMatchObject({ code: 'unavailable', message: 'closed' });
  expect(sent).toEqual([]);
});

it.each([ServiceBinding, LastingBinding])('%o is released when it has neither holders nor subscriptions', async (Class) => {
  const { bind, given, noticed } = peered();
  const binding = bind(Class);
  const off = await binding.on('sold', () => {});
  binding.dispose();
  await expect(binding.invoke(0, [], undefined)).rejects.toMatchObject({ code: 'failed_precondition' });
  await expect(binding.on('sold', () => {})).rejects.toMatchObject({ code: 'failed_precondition' });
  expect([binding.unused, given]).toEqual([false, []]);
  await off();
  expect([binding.unused, binding.attached, given, noticed]).toEqual([
    true,
    false,
    [[7, 1]],
    ['unsubscribed', 'forgets shop@^1.0.0'],
  ]);
});

it('a lasting service lets calls wait until it is found on the next link, within their time', async () => {
  const { bind, clock, found, noticed, peer, sent } = peered();
  const binding = bind(LastingBinding);
  binding.detach();
  peer.accepting = false;
  peer.ready = async () => {
    clock.sleep(30);
    peer.accepting = true;
    binding.attach(found(9));
  };
  expect(await binding.invoke(0, ['pen'], { timeout: 100 })).toBe('called');
  expect([sent, noticed]).toEqual([[[9, 0, ['pen'], 70]], []]);
  binding.detach();
  peer.ready = async () => {};
  await expect(binding.invoke(0, [], undefined)).rejects.toMatchObject({ code: 'not_found' });
  expect(noticed).toEqual(['searched']);
});

it('a lasting service calls members by their names in another version, and says which end is old', async () => {
  const { bind, fails, found, sent } = peered();
  const binding = bind(LastingBinding);
  const next: ServiceDefinition = { name: 'shop', version: '1.1.0', members: [method('list'), method('find')] };
  binding.attach(found(8, next));
  await binding.invoke(0, ['pen'], undefined);
  expect(sent).toEqual([[8, 1, ['pen'], undefined]]);
  await expect(binding.invoke(1, [], undefined)).rejects.toMatchObject({
    name: 'SkewError',
    message: expect.stringContaining('the caller is outdated'),
    details: { caller: '1.0.0', server: '1.1.0' },
  });
  fails(new NetronError('internal', 'of the method'));
  await expect(binding.invoke(0, [], undefined)).rejects.toMatchObject({ name: 'NetronError', code: 'internal' });
});
