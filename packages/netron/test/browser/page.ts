import { inject } from 'vitest';
import { Netron, type NetronOptions, type RemotePeer } from '../../src/index.js';
import { OutOfStock } from './out-of-stock.js';
import type { Gate } from './services.js';

/** This page, connected to a server of its own in Node. */
export interface Visit extends AsyncDisposable {
  readonly netron: Netron;
  readonly peer: RemotePeer;
}

/** Starts a server which lets pages of these origins in. */
export async function server(origins?: readonly string[]): Promise<string> {
  const netron = await Netron.create();
  try {
    const peer = await netron.connect(inject('gate'));
    const gate = await peer.queryInterface<Gate>('gate');
    return await gate.open(origins);
  } finally {
    await netron.stop();
  }
}

/** A node in this page, and its connection to a new server. */
export async function visit(options: NetronOptions = {}): Promise<Visit> {
  const address = await server([location.origin]);
  const netron = await Netron.create({ reconnectDelay: 10, stopTimeout: 0, errors: [OutOfStock], ...options });
  const peer = await netron.connect(address);
  return { netron, peer, [Symbol.asyncDispose]: () => netron.stop() };
}

/** What `action` fails with. */
export async function failure(action: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await action;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}
