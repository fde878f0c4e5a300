import { describe, expect, it } from 'vitest';
import type { RemotePeer } from '../peer/remote-peer.js';
import { type NewsReaders, peerNews } from './peer-news.js';

const peer = (id: string) => ({ id }) as RemotePeer;

/** Readers that record their notifications, and the source of these. */
function hearing() {
  const heard: unknown[] = [];
  const connected = new Map<string, RemotePeer>();
  const note =
    (what: string) =>
    (...facts: unknown[]) =>
      void heard.push([what, ...facts]);
  const readers = {
    peers: { connected, forget: note('forget') },
    events: { emit: note('emit') },
    dials: { left: note('dials') },
    hosted: { peerLeft: async (left: RemotePeer) => note('hosted')(left) },
    discovery: { peerLeft: note('discovery') },
    cluster: { changed: note('cluster') },
  } as unknown as NewsReaders;
  return { connected, heard: () => heard.splice(0), news: peerNews(() => readers) };
}

describe('notifications of peers', () => {
  it('a peer that connects is in the directory before listeners are notified', () => {
    const { connected, heard, news } = hearing();
    const ann = peer('ann');
    news.peerConnected(ann);
    expect(connected.get('ann')).toBe(ann);
    expect(heard()).toEqual([['emit', 'peer:connected', ann], ['cluster']]);
  });

  it('a peer that may reconnect is kept, a closed one is forgotten', () => {
    const { connected, heard, news } = hearing();
    const ann = peer('ann');
    news.peerConnected(ann);
    heard();
    news.peerDisconnected(ann, false);
    expect(heard()).toEqual([['discovery', 'ann'], ['emit', 'peer:disconnected', 'ann'], ['cluster']]);
    expect(connected.size).toBe(0);
    news.peerDisconnected(ann, true);
    expect(heard()).toEqual([['forget', ann], ['dials', ann], ['hosted', ann], ['cluster']]);
  });

  it('a peer whose id has passed to another one leaves that one in the directory', () => {
    const { connected, heard, news } = hearing();
    const [before, after] = [peer('ann'), peer('ann')];
    news.peerConnected(before);
    news.peerConnected(after);
    heard();
    news.peerDisconnected(before, false);
    expect([connected.get('ann'), heard()]).toEqual([after, [['cluster']]]);
  });

  it('a service that a peer announces is reported with name and version', () => {
    const { heard, news } = hearing();
    news.serviceDiscovered(peer('ann'), '@acme/shop@1.2.0');
    const discovered = { name: '@acme/shop', version: '1.2.0', peerId: 'ann' };
    expect(heard()).toEqual([['emit', 'service:discovered', discovered], ['cluster']]);
  });
});
