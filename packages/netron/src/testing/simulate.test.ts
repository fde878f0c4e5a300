import { describe, expect, it } from 'vitest';
import { defineService } from '../index.js';
import type { Fault } from './faults.js';
import { type Scenario, SimulationError, simulate } from './simulate.js';
import type { World } from './world.js';

const echo = defineService({ name: 'echo@1.0.0', methods: { say: (text: string) => text } });

/** Two nodes, ten calls, one after the other. */
const tenCalls: Scenario = async (world) => {
  await world.start('server', async (process) => {
    const server = await process.node();
    await server.peer.exposeService(echo);
  });
  const client = await world.node('client', { connectTimeout: 1_000 });
  const peer = await client.connect('sim:server');
  const remote = await peer.queryInterface<typeof echo>('echo');
  for (let call = 0; call < 10; call += 1) {
    await world.wait(`call ${call}`, remote.say(String(call))).catch(() => {});
    await world.sleep(2_500);
  }
};

describe('simulate', () => {
  it('runs a scenario on virtual time and reports its duration', async () => {
    const { runs, steps, time, digest, trace } = await simulate(tenCalls, { runs: 3 });
    expect(runs).toBe(3);
    expect(steps).toBeGreaterThan(60);
    expect(time).toBeGreaterThan(30_000);
    expect(digest).toMatch(/^[0-9a-f]{16}$/);
    expect(trace.some((line) => line.includes('client > server #1'))).toBe(true);
  });

  it('is identical, byte for byte, for equal seeds, faults included', async () => {
    const options = { seed: 4, faults: { most: 8 }, trace: true };
    const first = await simulate(tenCalls, options);
    expect(first.trace.length).toBeGreaterThan(20);
    expect(await simulate(tenCalls, options)).toEqual(first);
    const other = await simulate(tenCalls, { ...options, seed: 5 });
    expect(other.digest).not.toBe(first.digest);
  });

  it('prints the seed of a failure and the minimal faults', async () => {
    const scenario: Scenario = async (world) => {
      let cuts = 0;
      world.always('fewer than two cuts after a pause', () => {
        cuts = world.faults.filter(({ kind }) => kind === 'cut').length;
        return cuts < 2 || !world.faults.some(({ kind }) => kind === 'pause');
      });
      await tenCalls(world);
    };
    const failure = await simulate(scenario, { runs: 200, faults: { kinds: ['cut', 'slow', 'pause', 'jump'], most: 12 } }).then(
      () => undefined,
      (error: unknown) => error as SimulationError,
    );
    expect(failure).toBeInstanceOf(SimulationError);
    expect(failure?.faults.map(({ kind }) => kind).sort()).toEqual(['cut', 'cut', 'pause']);
    expect(failure?.message).toContain(`seed ${failure?.seed} failed: invariant failed: fewer than two cuts after a pause`);
    const { seed, faults } = failure as SimulationError;
    await expect(simulate(scenario, { seed, faults })).rejects.toThrow('fewer than two cuts');
    await expect(simulate(scenario, { seed, faults: faults.slice(1) })).resolves.toMatchObject({ runs: 1 });
  });

  it('fails a deadlocked run and reports what it waits for', async () => {
    const scenario: Scenario = (world) => world.wait('an answer that nobody gives', new Promise<void>(() => {}));
    await expect(simulate(scenario)).rejects.toThrow(/no more events; waiting for 'an answer that nobody gives'/);
  });

  it('fails an endless run and reports the state of its peers', async () => {
    const hang = defineService({ name: 'hang@1.0.0', methods: { up: () => new Promise<void>(() => {}) } });
    const scenario: Scenario = async (world) => {
      const server = await world.node('server');
      await server.peer.exposeService(hang);
      const client = await world.node('client', { requestTimeout: 0 });
      const remote = await (await client.connect('sim:server')).queryInterface<typeof hang>('hang');
      await world.wait('hang.up', remote.up());
    };
    await expect(simulate(scenario, { limit: 120_000 })).rejects.toThrow(
      /not finished after 120000 ms; waiting for 'hang.up'; .*client → server \(ready\): 1 calls sent/,
    );
  });

  it('fails a run that leaves something behind', async () => {
    const scenario: Scenario = async (world) => {
      await world.node('alone');
      world.process('alone').clock.setTimeout(() => {}, 3_600_000);
    };
    await expect(simulate(scenario)).rejects.toThrow('stopped: alone: 1 timers');
  });

  it('fails when the scenario, an invariant or an event throws', async () => {
    const thrower: Scenario = async (world) => {
      world.clock.setTimeout(() => {
        throw new Error('in a timer');
      }, 5);
      await world.sleep(10);
    };
    await expect(simulate(thrower)).rejects.toThrow('seed 1 failed: in a timer');
    await expect(simulate(async () => Promise.reject(new Error('at once')))).rejects.toThrow('at once');
    const broken: Scenario = async (world) => {
      world.always('time stands still', () => (world.clock.now() > 0 ? `it is ${world.clock.now()}` : true));
      await world.sleep(7);
    };
    await expect(simulate(broken)).rejects.toThrow('invariant failed: time stands still: it is 7');
    const late: Scenario = async (world) => world.always('it is said later', async () => Promise.reject(new Error('later')));
    await expect(simulate(late)).rejects.toThrow('cannot check: it is said later: the invariant must return');
  });

  it('refuses invalid seeds, kinds of faults and numbers', async () => {
    await expect(simulate(tenCalls, { seed: 0.5 })).rejects.toThrow(RangeError);
    await expect(simulate(tenCalls, { runs: 0 })).rejects.toThrow(RangeError);
    await expect(simulate(tenCalls, { faults: { kinds: [] } })).rejects.toThrow(RangeError);
    await expect(simulate(tenCalls, { faults: [{ kind: 'x', at: 1 } as never] })).rejects.toThrow(
      "unknown kind 'x'; known: cut, ",
    );
    await expect(simulate(tenCalls, { faults: { kinds: ['cutt' as never] } })).rejects.toThrow(
      "unknown kind 'cutt'; known: cut, ",
    );
    await expect(simulate(tenCalls, { faults: { most: -1 } })).rejects.toThrow(
      'faults: most must be a non-negative number, not -1',
    );
    const listed = (fault: object): Promise<unknown> => simulate(tenCalls, { faults: [fault as never] });
    await expect(listed({ kind: 'cut', at: -1, between: ['client', 'server'] })).rejects.toThrow(
      'faults: cut: at must be a non-negative number',
    );
    await expect(listed({ kind: 'pause', at: 1, process: 'server' })).rejects.toThrow(
      'faults: pause: ms must be a non-negative number',
    );
    await expect(listed({ kind: 'jump', at: 1, process: 'server' })).rejects.toThrow(
      'faults: jump: ms must be a non-negative number',
    );
    await expect(listed({ kind: 'jump', at: 1, process: 'server', ms: -5 })).resolves.toMatchObject({ faults: { jump: 1 } });
    await expect(simulate(tenCalls, { limit: -1 })).rejects.toThrow('simulate: limit must be a positive number, not -1');
  });
});

describe('a process that a fault names', () => {
  const between = ['server', 'nobody'] as const;
  const faults: Fault[] = [
    { kind: 'cut', at: 1, between },
    { kind: 'silence', at: 1, between },
    { kind: 'partition', at: 1, between, ms: 1 },
    { kind: 'clog', at: 1, between, ms: 1 },
    { kind: 'slow', at: 1, between, ms: 1 },
    { kind: 'pause', at: 1, process: 'nobody', ms: 1 },
    { kind: 'restart', at: 1, process: 'nobody', ms: 1 },
    { kind: 'jump', at: 1, process: 'nobody', ms: 1 },
  ];

  it.each(faults)('must exist: $kind', async (fault) => {
    await expect(simulate(tenCalls, { faults: [fault] })).rejects.toThrow("unknown process 'nobody'");
  });

  it('may start later when faults are left out: the run still fails in the same way', async () => {
    const scenario: Scenario = async (world) => {
      await world.start('first', (process) => process.node());
      // Starts late, unless the first is killed.
      await world.sleep(world.faults.length > 0 ? 5 : 500);
      await world.node('second');
      await world.sleep(1_000);
      if (world.faults.some(({ kind }) => kind === 'restart')) throw new Error('it was killed');
    };
    const run = simulate(scenario, {
      faults: [
        { kind: 'restart', at: 0, process: 'first', ms: 1 },
        { kind: 'cut', at: 100, between: ['first', 'second'] },
      ],
    });
    await expect(run).rejects.toMatchObject({ faults: [{ kind: 'restart' }], message: expect.stringContaining('it was killed') });
  });
});

/** Runs `faults` during ten calls, and returns the results at the client. */
async function seen(act: (world: World) => void): Promise<{ states: string[]; calls: string[] }> {
  const log: string[] = [];
  const calls: string[] = [];
  let states: string[] = [];
  await simulate(async (world) => {
    await world.start('server', async (process) => {
      await (await process.node()).peer.exposeService(echo);
    });
    const client = await world.node('client', { requestTimeout: 60_000 });
    const peer = await client.connect('sim:server');
    peer.on('connected', () => log.push('connected'));
    peer.on('disconnected', () => log.push('disconnected'));
    const remote = await peer.queryInterface<typeof echo>('echo');
    act(world);
    for (let call = 0; call < 5; call += 1) {
      const start = world.clock.now();
      calls.push(await remote.say('x').catch((error: { code: string }) => error.code));
      if (world.clock.now() - start > 1_000) calls.push(`after ${Math.round((world.clock.now() - start) / 1_000)} s`);
    }
    states = [...log];
  });
  return { states, calls };
}

describe('faults', () => {
  it('cut: both ends notice, calls in flight have an unknown outcome, later ones use a new connection', async () => {
    const { states, calls } = await seen((world) => world.network.cut('client', 'server'));
    expect(states).toEqual(['disconnected', 'connected']);
    expect(calls).toContain('unknown_outcome');
    expect(calls.filter((call) => call === 'x')).toHaveLength(4);
  });

  it('partition: messages are delayed, not lost', async () => {
    const { states, calls } = await seen((world) => {
      world.apply({ at: 0, kind: 'partition', between: ['client', 'server'], ms: 5_000 });
    });
    expect(states).toEqual([]);
    expect(calls).toEqual(['x', 'after 5 s', 'x', 'x', 'x', 'x']);
  });

  it('silence: detected by the heartbeat alone', async () => {
    const { states, calls } = await seen((world) => world.network.silence('client', 'server'));
    expect(states).toEqual(['disconnected', 'connected']);
    expect(calls[0]).toBe('unknown_outcome');
    expect(calls[1]).toMatch(/^after (1[5-9]|2\d|3[01]) s$/);
  });

  it('pause: a process stops and then does the missed work', async () => {
    const { states, calls } = await seen((world) => {
      world.apply({ at: 0, kind: 'pause', process: 'server', ms: 7_000 });
    });
    expect(states).toEqual([]);
    expect(calls).toEqual(['x', 'after 7 s', 'x', 'x', 'x', 'x']);
  });

  it('restart: the process ends and comes back as another run of its program', async () => {
    const { states, calls } = await seen((world) => {
      world.apply({ at: 0, kind: 'restart', process: 'server', ms: 3_000 });
    });
    expect(states).toEqual(['disconnected', 'connected']);
    expect(calls[0]).toBe('unknown_outcome');
    expect(calls.filter((call) => call === 'x')).toHaveLength(4);
  });

  it('restart: a process that dies while it connects is not connected afterwards', async () => {
    const dials: number[] = [];
    await simulate(async (world) => {
      const server = await world.node('server');
      world.network.clog('client', 'server');
      await world.start('client', async (process) => {
        const client = await process.node();
        dials.push(process.run);
        if (process.run === 1) client.connect('sim:server').catch(() => {});
      });
      await world.sleep(1_000);
      world.apply({ at: world.clock.now(), kind: 'restart', process: 'client', ms: 100 });
      await world.sleep(1_000);
      world.network.unclog('client', 'server');
      await world.sleep(1_000);
      expect([dials, server.peers.size, world.network.connections]).toEqual([[1, 2], 0, 0]);
    });
  });

  it('jump: the wall time of one process changes and nothing else', async () => {
    let walls: number[] = [];
    const { states, calls } = await seen((world) => {
      world.apply({ at: 0, kind: 'jump', process: 'server', ms: -3_600_000 });
      walls = ['client', 'server'].map((name) => world.process(name).clock.wall());
    });
    expect((walls[0] as number) - (walls[1] as number)).toBe(3_600_000);
    expect({ states, calls }).toEqual({ states: [], calls: ['x', 'x', 'x', 'x', 'x'] });
  });
});
