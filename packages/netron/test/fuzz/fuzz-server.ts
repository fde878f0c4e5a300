import { expect } from 'vitest';
import type { Server } from '../../src/transport/transport.js';
import { Probe, pattern } from '../contract/probe.js';
import type { Raw } from '../transport/raw.js';
import { WorkCounter } from '../work.js';
import { expectNoGrowth, type Memory, memory } from './memory.js';

/** What a fuzz run needs: a way to open a raw connection and the next input for one. */
export interface Attack {
  server: Server;
  runs: number;
  open(): Promise<Raw>;
  input(): Buffer;
  /** Sends one good message and waits for its answer. */
  stillWorks(message: Uint8Array): Promise<void>;
}

/**
 * A1: sends each input over a connection that has carried good bytes or bad ones before, and opens a new one whenever
 * the server has closed it. Afterwards the server works, every connection has ended once, and memory is what it was.
 */
export async function attack({ server, runs, open, input, stillWorks }: Attack): Promise<void> {
  const probes: Probe[] = [];
  let ended = 0;
  server.accept((connection) => {
    const probe = new Probe();
    probe.countOnly = true;
    probe.onMessage = (bytes) => {
      if (bytes.length === 1000) connection.send(bytes);
    };
    connection.start(probe);
    probes.push(probe);
    void probe.end().then(() => ended++);
  });
  const sockets = (): number => (process.getActiveResourcesInfo?.() ?? []).filter((name) => /Socket|Pipe/.test(name)).length;
  const open_ = sockets();
  let before: Memory | undefined;
  using work = new WorkCounter();
  for (let done = 0; done < runs; ) {
    const raw = await open();
    for (let onThis = 0; onThis < 20 && done < runs && !raw.socket.destroyed; onThis++, done++) {
      await Promise.race([raw.write(input()), raw.closed]);
      if (raw.ended) break;
    }
    raw.socket.destroy();
    // What the runtime takes once and keeps is no growth.
    if (before === undefined && done >= runs / 4) {
      before = await memory();
    }
    if (probes.length > 1_000) probes.splice(0, probes.length - 100);
  }
  await stillWorks(pattern(1000));
  expect(probes.every((probe) => probe.errors.length <= 1)).toBe(true);
  expect(work.take() / runs).toBeLessThan(20);
  await expectNoGrowth(before as Memory);
  expect(ended).toBeGreaterThan(0);
  for (let turn = 0; turn < 1_000 && sockets() > open_; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(sockets()).toBeLessThanOrEqual(open_);
  expect(Object.keys(Object.prototype)).toEqual([]);
}
