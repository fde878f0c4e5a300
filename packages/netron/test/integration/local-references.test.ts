/** Services and functions that `netron.peer` returns are like those of another node. */
import { expect, it } from 'vitest';
import { defineService, getCallContext, setProperty } from '../../src/index.js';
import { failure, nodes } from './nodes.js';

function shop() {
  const state = { disposed: 0, owner: 'ann' };
  const cart = (owner: string) => {
    const items: string[] = [];
    return defineService({
      name: 'cart@1.0.0',
      methods: {
        add(item: string) {
          items.push(item);
          (this as unknown as { emit(event: string, data: unknown): void }).emit('added', item);
          return items.length;
        },
        who: () => getCallContext().service,
        same: (other: unknown) => other,
      },
      properties: { owner, note: '' },
      writable: ['note'],
    });
  };
  const known = cart('known');
  const service = defineService({
    name: 'shop@1.0.0',
    methods: {
      open: (owner: string) => cart(owner),
      known: async () => known,
      both: () => [known, cart('new')],
      isKnown: (given: unknown) => given === known,
      adder: (by: number) => (value: number) => value + by,
      rows: () => [{ id: 1 }],
      async *carts() {
        yield 1;
      },
    },
  });
  return { service, state };
}
type Shop = ReturnType<typeof shop>['service'];

it.each(['link', 'local'] as const)('operations on a returned service, by %s', async (way) => {
  const { service } = shop();
  await using pair = await nodes({ services: [service] });
  const peer = way === 'link' ? pair.peer : pair.server.peer;
  const remote = await peer.queryInterface<Shop>('shop');
  {
    using cart = await remote.open('ann');
    expect(await cart.add('milk')).toBe(1);
    expect(await cart.owner).toBe('ann');
    expect(await cart.who()).toBe('cart');
    await setProperty(cart, 'note', 'x');
    expect(await cart.note).toBe('x');
    expect(await failure(setProperty(cart, 'owner', 'bob'))).toMatchObject({ code: 'permission_denied' });
    expect(await cart.owner).toBe('ann');
    expect((cart as unknown as { items?: unknown }).items).not.toEqual([]);
  }
  const released = await remote.open('ann');
  released[Symbol.dispose]();
  expect(await failure(released.add('x'))).toMatchObject({ code: 'failed_precondition' });
  const known = await remote.known();
  expect(await remote.known()).toBe(known);
  expect(await remote.isKnown(known)).toBe(true);
  const [first, second] = (await remote.both()) as unknown as [typeof known, typeof known];
  expect([await first.owner, await second.owner]).toEqual(['known', 'new']);
  const add = await remote.adder(2);
  expect(await add(3)).toBe(5);
  (add as unknown as Disposable)[Symbol.dispose]();
  expect(await failure(Promise.resolve(add(3)))).toMatchObject({ code: 'failed_precondition' });
  expect(await remote.rows()).toEqual([{ id: 1 }]);
});

it('a service returned by a local call can be passed to another', async () => {
  const { service } = shop();
  await using pair = await nodes({ services: [service] });
  const local = await pair.server.peer.queryInterface<Shop>('shop');
  const cart = await local.open('ann');
  const relay = defineService({ name: 'relay@1.0.0', methods: { cart: () => cart } });
  await pair.server.peer.exposeService(relay);
  const far = await pair.peer.queryInterface<{ cart(): Promise<typeof cart> }>('relay');
  const got = await far.cart();
  expect(await got.add('bread')).toBe(1);
  expect(await cart.add('butter')).toBe(2);
});
