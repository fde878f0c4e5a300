/** 54: references that an object has returned end with it. */
import { expect, it } from 'vitest';
import { defineService, keep } from '../../src/index.js';
import { failure, nodes, settled, until } from './nodes.js';

const leaf = () => defineService({ name: 'leaf@1.0.0', methods: { hi: () => 'hi' } });
const branch = () => defineService({ name: 'branch@1.0.0', methods: { leaf, hi: () => 'hi' } });
const shared = leaf();
const tree = defineService({
  name: 'tree@1.0.0',
  methods: { branch, leaf, leaves: () => [leaf(), leaf()], shared: () => shared, self: () => tree as unknown, hi: () => 'hi' },
});
const other = defineService({ name: 'other@1.0.0', methods: { shared: () => shared } });

type Tree = { branch(): Promise<Branch & Disposable>; leaf(): Promise<Leaf & Disposable>; hi(): Promise<string> };
type Branch = { leaf(): Promise<Leaf & Disposable>; hi(): Promise<string> };
type Leaf = { hi(): Promise<string> };

it('54: releasing a service releases the results of its calls, at any depth, at both ends', async () => {
  await using pair = await nodes({ services: [tree] });
  const { exports } = pair.back.link as NonNullable<typeof pair.back.link>;
  const base = exports.size;
  const root = await pair.peer.queryInterface<Tree & { leaves(): Promise<Leaf[]> }>('tree');
  const limb = await root.branch();
  const tip = await limb.leaf();
  const leaves = (await root.leaves()) as unknown as Leaf[];
  expect([await tip.hi(), exports.size]).toEqual(['hi', base + 4]);
  pair.peer.releaseInterface(root);
  for (const each of [limb, tip, ...leaves]) expect(await failure(each.hi())).toMatchObject({ code: 'failed_precondition' });
  await until(() => exports.size === base);
  expect(pair.peer.link?.imports.counted).toBe(0);
});

it('54: releasing a branch releases its own results only; kept ones stay', async () => {
  await using pair = await nodes({ services: [tree] });
  const root = await pair.peer.queryInterface<Tree>('tree');
  const [limb, beside] = [await root.branch(), await root.leaf()];
  const [tip, kept] = [await limb.leaf(), keep(await limb.leaf())];
  limb[Symbol.dispose]();
  expect(await failure(tip.hi())).toMatchObject({ code: 'failed_precondition' });
  expect([await kept.hi(), await beside.hi(), await root.hi()]).toEqual(['hi', 'hi', 'hi']);
  beside[Symbol.dispose]();
  expect(await root.hi()).toBe('hi');
});

it('54: an object returned by two services is released with the second', async () => {
  await using pair = await nodes({ services: [tree, other] });
  type Sharing = { shared(): Promise<Leaf> };
  const [one, two] = [await pair.peer.queryInterface<Sharing>('tree'), await pair.peer.queryInterface<Sharing>('other')];
  const got = await one.shared();
  expect(await two.shared()).toBe(got);
  pair.peer.releaseInterface(one);
  expect(await (got as Leaf).hi()).toBe('hi');
  pair.peer.releaseInterface(two);
  expect(await failure((got as Leaf).hi())).toMatchObject({ code: 'failed_precondition' });
});

it('54: a service that returns itself and calls by name keep their references', async () => {
  await using pair = await nodes({ services: [tree] });
  const root = await pair.peer.queryInterface<{ self(): Promise<Leaf>; hi(): Promise<string> }>('tree');
  const self = await root.self();
  const child = (await pair.peer.call('tree', 'leaf')) as Leaf;
  await settled();
  expect([await self.hi(), await child.hi(), await root.hi()]).toEqual(['hi', 'hi', 'hi']);
});
