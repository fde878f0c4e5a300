import type { TestProject } from 'vitest/node';
import { Netron } from '../../src/index.js';
import { gate } from './services.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where pages ask for servers. */
    gate: string;
  }
}

/** Runs a node in Vitest's own process, which the pages connect to. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const started: Netron[] = [];
  const door = await Netron.create({ id: 'gate', stopTimeout: 0, transports: { websocket: { port: 0, origins: '*' } } });
  started.push(door);
  await door.peer.exposeService(gate(started));
  provide('gate', door.addresses[0] as string);
  return async () => {
    await Promise.all(started.map((node) => node.stop()));
  };
}
