import { describe, expect, it } from 'vitest';
import { IdHolders } from './id-holders.js';

function holder(identity: unknown, instance: string, alive: boolean) {
  return { identity, instance, asked: 0, answers: async () => alive };
}

describe('who may have an id', () => {
  it('the first peer, and no other during its handshake', async () => {
    const holders = new IdHolders();
    const first = { identity: undefined, instance: 'x' };
    expect(await holders.enter('a', first)).toEqual([]);
    await expect(holders.enter('a', { identity: 'ann', instance: 'y' })).rejects.toMatchObject({ code: 'already_exists' });
    await expect(holders.enter('a', { identity: undefined, instance: 'y' })).rejects.toThrow('is already connecting');
    holders.leave('a', first);
    expect(await holders.enter('a', { identity: undefined, instance: 'x' })).toEqual([]);
  });

  it('a peer with an equal identity at once, unless it is the same run', async () => {
    const holders = new IdHolders<ReturnType<typeof holder>>();
    const first = holder({ id: 1 }, 'run 1', true);
    holders.add('a', first);
    const next = { identity: { id: 1 }, instance: 'run 2' };
    expect(await holders.enter('a', next)).toEqual([first]);
    holders.leave('a', next);
    expect(await holders.enter('a', { identity: { id: 1 }, instance: 'run 1' })).toEqual([]);
  });

  it('no peer with another identity or without one, even when the holder is silent', async () => {
    const holders = new IdHolders<ReturnType<typeof holder>>();
    holders.add('a', holder({ id: 1 }, 'run 1', false));
    for (const identity of [{ id: 2 }, undefined]) {
      await expect(holders.enter('a', { identity, instance: 'run 2' })).rejects.toThrow('another identity');
    }
  });

  it('any peer when an anonymous holder does not answer', async () => {
    const holders = new IdHolders<ReturnType<typeof holder>>();
    const silent = holder(undefined, 'run 1', false);
    const alive = holder(undefined, 'run 1', true);
    holders.add('silent', silent);
    holders.add('alive', alive);
    expect(await holders.enter('silent', { identity: undefined, instance: 'run 2' })).toEqual([silent]);
    for (const instance of ['run 2', undefined])
      await expect(holders.enter('alive', { identity: undefined, instance })).rejects.toThrow('is already connected');
    holders.delete('alive', alive);
    expect(await holders.enter('alive', { identity: undefined, instance: 'run 2' })).toEqual([]);
  });

  it('connections of the same run beside each other, also during their handshakes: these do not protect the id', async () => {
    const holders = new IdHolders<ReturnType<typeof holder>>();
    const first = holder({ id: 1 }, 'run 1', true);
    holders.add('a', first);
    const newcomers = [undefined, { id: 1 }, { id: 2 }].map((identity) => ({ identity, instance: 'run 1' }));
    expect(await Promise.all(newcomers.map((newcomer) => holders.enter('a', newcomer)))).toEqual([[], [], []]);
    for (const newcomer of newcomers) holders.leave('a', newcomer);
    const beside = newcomers.map(({ identity }) => holder(identity, 'run 1', true));
    for (const other of beside) holders.add('a', other);
    // The next run, whichever of its connections arrives first.
    const second = { identity: { id: 2 }, instance: 'run 2' };
    expect(await holders.enter('a', second)).toEqual([]);
    holders.leave('a', second);
    const next = { identity: { id: 1 }, instance: 'run 2' };
    expect(await holders.enter('a', next)).toEqual([first, beside[1]]);
    holders.leave('a', next);
    await expect(holders.enter('a', { identity: { id: 3 }, instance: 'run 2' })).rejects.toThrow('another identity');
    await expect(holders.enter('a', { identity: undefined, instance: 'run 2' })).rejects.toThrow('another identity');
    // The first one has left: one beside it with its identity takes its place, and the others decide nothing.
    holders.delete('a', first);
    for (const identity of [{ id: 3 }, undefined])
      await expect(holders.enter('a', { identity, instance: 'run 2' })).rejects.toThrow('another identity');
    expect(await holders.enter('a', next)).toEqual([beside[1]]);
    holders.leave('a', next);
    holders.delete('a', beside[1] as (typeof beside)[number]);
    expect(await holders.enter('a', { identity: { id: 3 }, instance: 'run 3' })).toEqual([]);
  });

  it('anonymous connections of one run: the id is free when the first of them ends', async () => {
    const holders = new IdHolders<ReturnType<typeof holder>>();
    const first = holder(undefined, 'run 1', true);
    for (const one of [first, holder(undefined, 'run 1', true)]) holders.add('a', one);
    holders.delete('a', first);
    expect(await holders.enter('a', { identity: undefined, instance: 'run 2' })).toEqual([]);
  });
});
