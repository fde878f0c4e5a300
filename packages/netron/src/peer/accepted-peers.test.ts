import { describe, expect, it } from 'vitest';
import { AcceptedPeers } from './accepted-peers.js';
import type { Hello } from './link/greeting.js';
import type { RemotePeer } from './remote-peer.js';
import type { SessionConnection } from './session/session-connection.js';

const secret = (number: number): Uint8Array => new Uint8Array(16).fill(number);
const peer = (): RemotePeer => ({}) as RemotePeer;
const shows = (session: number, next: number) => ({ session: secret(session), next: secret(next) }) as Hello;
const session = () => ({ confirmed: undefined }) as unknown as SessionConnection;
const named = (id: string) => ({ id, nodeId: id });
const taken = expect.objectContaining({ code: 'already_exists' });

describe('peers that were let in', () => {
  it('are found by their secret, and by themselves', () => {
    const peers = new AcceptedPeers();
    const ann = peers.add(named('ann'), secret(1), peer);
    expect([peers.showing(secret(1)), peers.of(ann.peer), peers.all]).toEqual([ann, ann, [ann]]);
    expect([peers.showing(secret(2)), peers.showing(undefined), peers.of(peer())]).toEqual([undefined, undefined, undefined]);
  });

  it('have secrets of their own; without one they do not return', () => {
    const peers = new AcceptedPeers();
    peers.add(named('ann'), secret(1), peer);
    let made = 0;
    const make = () => {
      made += 1;
      return peer();
    };
    expect(() => peers.add(named('bob'), secret(1), make)).toThrow(taken);
    expect(made).toBe(0);
    peers.add(named('bob'), undefined, make);
    peers.add(named('bob'), undefined, make);
    peers.add(named('cyd'), undefined, make);
    expect([made, peers.all.length]).toEqual([3, 4]);
  });

  it('show the secret before and the next one until the other end has learnt of it, then the next alone', () => {
    const peers = new AcceptedPeers();
    const ann = peers.add(named('ann'), secret(1), peer);
    const connection = session();
    peers.rotate(ann, shows(1, 2), connection);
    expect([peers.showing(secret(1)), peers.showing(secret(2))]).toEqual([ann, ann]);
    connection.confirmed?.();
    expect([peers.showing(secret(1)), peers.showing(secret(2))]).toEqual([undefined, ann]);
  });

  it('cannot name the secret of another as their next one', () => {
    const peers = new AcceptedPeers();
    const [ann, bob] = [peers.add(named('ann'), secret(1), peer), peers.add(named('bob'), secret(2), peer)];
    expect(() => peers.rotate(bob, shows(2, 1), session())).toThrow(taken);
    expect([peers.showing(secret(1)), peers.showing(secret(2))]).toEqual([ann, bob]);
  });

  it('are gone with all of their secrets, also those that are confirmed later', () => {
    const peers = new AcceptedPeers();
    const ann = peers.add(named('ann'), secret(1), peer);
    const connection = session();
    peers.rotate(ann, shows(1, 2), connection);
    peers.delete(ann);
    connection.confirmed?.();
    expect([peers.showing(secret(1)), peers.showing(secret(2)), peers.of(ann.peer), peers.all]).toEqual([
      undefined,
      undefined,
      undefined,
      [],
    ]);
  });
});
