import { systemClock } from '@omnitron-dev/netron/http/client';
import { describe, expect, it } from 'vitest';
import { PeerRetries } from './peer-retries.js';
import { RetryManager } from './retry-manager.js';

describe('PeerRetries', () => {
  it('creates its manager once, with the options of the peer', async () => {
    const repetitions = new PeerRetries({ attempts: 2, initialDelay: 0 }, systemClock);
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
    const repetitions = new PeerRetries(own, systemClock);
    expect([repetitions.manager(), repetitions.always]).toEqual([own, true]);
    repetitions.use(other);
    expect(repetitions.manager()).toBe(other);
  });

  it('retries only when settings ask for it, until it is given a manager', () => {
    const repetitions = new PeerRetries(undefined, systemClock);
    expect([repetitions.manager(), repetitions.always]).toEqual([expect.any(RetryManager), false]);
    const given = new RetryManager();
    repetitions.use(given);
    expect([repetitions.manager(), repetitions.always]).toEqual([given, true]);
  });

  it('refuses invalid options and managers before anything is loaded', () => {
    expect(() => new PeerRetries({ attempts: -1 }, systemClock)).toThrow('retry: attempts must be');
    expect(() => new PeerRetries(undefined, systemClock).use({} as RetryManager)).toThrow(
      'setRetryManager: manager must be a RetryManager',
    );
  });
});
