import { describe, expect, it } from 'vitest';
import { NetronError } from '../errors/netron-error.js';
import { type TaskOverwriteStrategy, TaskRegistry } from './task-registry.js';

const peer = { id: 'peer-1' };

function error(action: () => unknown): NetronError {
  try {
    action();
  } catch (caught) {
    return caught as NetronError;
  }
  throw new Error('nothing was thrown');
}

describe('TaskRegistry', () => {
  it('TK-01, TK-02: runs a task by its function name with the peer and its arguments', async () => {
    const tasks = new TaskRegistry();
    tasks.addTask(
      async function processData(from, data: number[], options: { by: number }) {
        return [from.id, data.map((n) => n * options.by)];
      },
      { remote: true },
    );
    tasks.addTask('math:square', (_peer, n: number) => n * n, { remote: true });
    expect(await tasks.run('processData', peer, [[1, 2], { by: 3 }])).toEqual(['peer-1', [3, 6]]);
    expect(tasks.run('math:square', peer, [4])).toBe(16);
  });

  it('B19: a private task looks like a missing one to a peer; the error names the options', () => {
    const tasks = new TaskRegistry();
    let ran = 0;
    tasks.addTask(
      function secret() {
        ran += 1;
      },
      { remote: false },
    );
    const hidden = error(() => tasks.run('secret', peer, []));
    const missing = error(() => tasks.run('nosuch', peer, []));
    expect(NetronError.is(hidden, 'not_found')).toBe(true);
    expect(hidden.message.replace('secret', 'nosuch')).toBe(missing.message);
    for (const option of ['remote: false', 'allowRemoteTasks']) expect(missing.message).toContain(option);
    expect([hidden.code, hidden.details]).toEqual([missing.code, missing.details]);
    expect(ran).toBe(0);
    tasks.runLocal('secret', peer, []);
    expect(ran).toBe(1);
    expect(error(() => tasks.runLocal('nosuch', peer, [])).code).toBe('not_found');
  });

  it('B19: registered tasks are offered to peers; an option restricts them by name and peer', () => {
    const all = new TaskRegistry();
    all.addTask('a', () => 1);
    expect(all.run('a', peer, [])).toBe(1);
    const none = new TaskRegistry({ allowRemoteTasks: false });
    none.addTask('a', () => 1, { remote: true });
    expect(error(() => none.run('a', peer, [])).code).toBe('not_found');
    expect(none.runLocal('a', peer, [])).toBe(1);
    const some = new TaskRegistry({ allowRemoteTasks: (name, { id }) => name === 'a' && id === 'peer-1' });
    some.addTask('a', () => 1);
    some.addTask('b', () => 2);
    expect(some.run('a', peer, [])).toBe(1);
    expect(error(() => some.run('a', { id: 'other' }, [])).code).toBe('not_found');
    expect(error(() => some.run('b', peer, [])).code).toBe('not_found');
    const promised = new TaskRegistry({ allowRemoteTasks: (async () => true) as never });
    promised.addTask('a', () => 1);
    expect(() => promised.run('a', { id: 'peer-1' } as never, [])).toThrow(expect.objectContaining({ code: 'not_found' }));
  });

  it('A7: names of Object.prototype are no tasks; a hostile name is not logged', () => {
    const tasks = new TaskRegistry({ allowRemoteTasks: true });
    for (const name of ['constructor', '__proto__', 'toString'])
      expect(error(() => tasks.run(name, peer, [])).code).toBe('not_found');
    for (const name of ['x'.repeat(1e6), 'a\n[error] forged', 7, null, {}]) {
      expect(error(() => tasks.run(name as string, peer, [])).message).toMatch(/^no such task for peers/);
    }
  });

  it('TK-03: registering a name twice throws (default), skips or replaces', () => {
    const outcome = (taskOverwriteStrategy?: TaskOverwriteStrategy) => {
      const tasks = new TaskRegistry({ ...(taskOverwriteStrategy && { taskOverwriteStrategy }), allowRemoteTasks: true });
      tasks.addTask('a', () => 'first');
      tasks.addTask('a', () => 'second');
      return tasks.run('a', peer, []);
    };
    expect(outcome).toThrow(/'a' already exists/);
    expect(outcome('skip')).toBe('first');
    expect(outcome('replace')).toBe('second');
    expect(() => outcome('other' as never)).toThrow(TypeError);
  });

  it('replacing a task resets whether peers may run it', () => {
    const tasks = new TaskRegistry({ taskOverwriteStrategy: 'replace' });
    tasks.addTask('a', () => 1);
    tasks.addTask('a', () => 2, { remote: false });
    expect(error(() => tasks.run('a', peer, [])).code).toBe('not_found');
  });

  it('refuses a value without a name or that is not a function', () => {
    const tasks = new TaskRegistry();
    expect(() => tasks.addTask(() => {})).toThrow(/must have a name/);
    expect(() => tasks.addTask(function bound() {}.bind(null))).toThrow(/invalid task name/);
    expect(() => tasks.addTask('', () => {})).toThrow(/must have a name/);
    expect(() => tasks.addTask('a b', () => {})).toThrow(TypeError);
    expect(() => tasks.addTask('a', undefined as never)).toThrow(/must be a function/);
    expect(() => tasks.addTask(undefined as never)).toThrow(/must be a function/);
  });

  it('refuses peers when allowRemoteTasks fails, or answers with a promise; they learn no more than of a missing task', () => {
    const fail = () => {
      throw new Error('secret');
    };
    for (const allow of [fail, async () => fail(), async () => true]) {
      const failures: unknown[] = [];
      const tasks = new TaskRegistry({ allowRemoteTasks: allow as never }, (failure) => failures.push(failure));
      tasks.addTask('a', () => 1);
      const { code, message } = error(() => tasks.run('a', peer, []));
      expect([code, message]).toEqual(['not_found', error(() => new TaskRegistry().run('a', peer, [])).message]);
      expect(failures).toHaveLength(1);
    }
  });

  it('refuses options that would offer a task by mistake', () => {
    const tasks = new TaskRegistry();
    expect(() => tasks.addTask('a', () => 1, { remtoe: false } as never)).toThrow("unknown option 'remtoe'");
    expect(() => tasks.addTask('a', () => 1, { remote: 'no' } as never)).toThrow('remote must be a boolean, not a string');
    expect(error(() => tasks.runLocal('a', peer, [])).code).toBe('not_found');
  });

  it('passes the error of a task unchanged', async () => {
    const tasks = new TaskRegistry({ allowRemoteTasks: true });
    const thrown = new Error('mine');
    tasks.addTask('sync', () => {
      throw thrown;
    });
    tasks.addTask('async', () => Promise.reject(thrown));
    expect(error(() => tasks.run('sync', peer, []))).toBe(thrown);
    await expect(tasks.run('async', peer, [])).rejects.toBe(thrown);
  });
});
