/** A page as tests have it: its state, which they set, and peers that are closed after each test. */
import { afterEach, beforeEach, vi } from 'vitest';
import type { Activity, ActivityEvent, HttpRemotePeer } from '../src/index.js';

/** State of a page that changes when the test says so. */
export class TestPage implements Activity {
  visible = true;
  online = true;
  readonly listeners = new Set<(event: ActivityEvent) => void>();

  listen(listener: (event: ActivityEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(event: ActivityEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }

  /** Takes the network away, or brings it back, and tells so. */
  set(online: boolean): void {
    this.online = online;
    this.tell(online ? 'online' : 'offline');
  }
}

/**
 * Keeps the console quiet in the tests of a file, and closes their peers after each.
 *
 * @returns a function that takes a peer to be closed, and returns it
 */
export function quietPeers(): (peer: HttpRemotePeer) => HttpRemotePeer {
  const closing: HttpRemotePeer[] = [];
  beforeEach(() => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
  });
  afterEach(async () => {
    for (const peer of closing.splice(0)) await peer.close();
    vi.restoreAllMocks();
  });
  return (peer) => {
    closing.push(peer);
    return peer;
  };
}
