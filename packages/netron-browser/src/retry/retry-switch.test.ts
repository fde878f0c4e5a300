import { systemClock } from '@omnitron-dev/netron/http/client';
import { describe, expect, it } from 'vitest';
import { RetryManager } from './retry-manager.js';
import { RetrySwitch } from './retry-switch.js';

describe('RetrySwitch', () => {
  it('creates its manager once, with the options of the peer', async () => {
    const repetitions = new RetrySwitch({ attempts: 2, initialDelay: 0 }, systemClock);
    expect(repetitions.always).toBe(true);
    const first = repetitions.manager();
    expect(first).toBeInstanceOf(RetryManager);
    expect(repetitions.manager()).toBe(first);
    let attempts = 0;
    const fail = async () => {
      attempts += 1;
      throw Object.assign(new Error('down'), { code: 'unavailable' });
    };
    await expect(first.execute(fail, { idempotent: true })).rejects.toThrow('down');
    expect(attempts).toBe(3);
  });

  it('uses a given manager at once', () => {
    const [own, other] = [new RetryManager(), new RetryManager()];
    const repetitions = new RetrySwitch(own, systemClock);
    expect([repetitions.manager(), repetitions.always]).toEqual([own, true]);
    repetitions.use(other);
    expect(repetitions.manager()).toBe(other);
  });

  it('retries only when settings ask for it, until it is given a manager', () => {
    const repetitions = new RetrySwitch(undefined, systemClock);
    expect([repetitions.manager(), repetitions.always]).toEqual([expect.any(RetryManager), false]);
    const given = new RetryManager();
    repetitions.use(given);
    expect([repetitions.manager(), repetitions.always]).toEqual([given, true]);
  });

  it('refuses invalid options and managers before anything is loaded', () => {
    expect(() => new RetrySwitch({ attempts: -1 }, systemClock)).toThrow('retry: attempts must be');
    expect(() => new RetrySwitch(undefined, systemClock).use({} as RetryManager)).toThrow(
      'setRetryManager: manager must be a RetryManager',
    );
  });
});
