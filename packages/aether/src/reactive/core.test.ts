import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { store } from '../store/store.js';
import { batch, untrack } from './batch.js';
import { computed } from './computed.js';
import { effect } from './effect.js';
import { AetherError } from './error.js';
import { createRoot, getOwner, onCleanup, onError, ownerSignal, runWithOwner } from './owner.js';
import { isSignal, signal } from './signal.js';

const reported: unknown[] = [];

beforeEach(() => {
  reported.length = 0;
  vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
});
afterEach(() => {
  vi.unstubAllGlobals();
  expect(reported).toEqual([]);
});

/** Takes the reported errors, which the test expects. */
const takeReported = () => reported.splice(0);

describe('signal (AE-01)', () => {
  it('is read by a call, written by set and update, read without following by peek', () => {
    const count = signal(1);
    const seen: number[] = [];
    effect(() => void seen.push(count()));
    effect(() => void count.peek());
    count.set(2);
    count.update((value) => value + 1);
    expect(seen).toEqual([1, 2, 3]);
    expect(count.peek()).toBe(3);
  });

  it('compares by Object.is, by a function, or never', () => {
    const runs = { plain: 0, custom: 0, never: 0 };
    const plain = signal(Number.NaN);
    const custom = signal({ id: 1 }, { equals: (before, after) => before.id === after.id });
    const never = signal(1, { equals: false });
    effect(() => void (plain(), runs.plain++));
    effect(() => void (custom(), runs.custom++));
    effect(() => void (never(), runs.never++));
    plain.set(Number.NaN);
    custom.set({ id: 1 });
    never.set(1);
    expect(runs).toEqual({ plain: 1, custom: 1, never: 2 });
  });

  it('costs nothing when it is written back within a batch', () => {
    const value = signal(1);
    let runs = 0;
    effect(() => void (value(), runs++));
    batch(() => {
      value.set(2);
      value.set(1);
    });
    expect(runs).toBe(1);
  });

  it('tells its writer what the comparison threw, and goes on', () => {
    const value = signal(1, {
      equals: (_, after) => {
        if (after === 2) throw new Error('no');
        return false;
      },
    });
    const seen: number[] = [];
    effect(() => void seen.push(value()));
    expect(() => value.set(2)).toThrow('no');
    value.set(3);
    expect(seen).toEqual([1, 3]);
  });

  it('warns, in development, of an array that was changed in place and set again', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const list = signal([1, 2], { name: 'list' });
    list.set(list());
    list.update((items) => items);
    expect(warn).not.toHaveBeenCalled();
    list.update((items) => {
      items.push(3);
      return items;
    });
    list.set(list());
    expect(warn.mock.calls).toEqual([[expect.stringContaining('list: an array was changed in place and set again')]]);
    const deep = signal(store({ items: [1] }).items);
    let runs = 0;
    effect(() => {
      deep.set(deep.peek());
      runs++;
    });
    deep().push(2);
    expect(runs).toBe(1);
    warn.mockRestore();
  });

  it('is told from other functions', () => {
    expect([signal(1), computed(() => 1), () => 1, {}, null].map(isSignal)).toEqual([true, true, false, false, false]);
  });
});

describe('computed', () => {
  it('runs once per change in a diamond, and not downstream of an equal result', () => {
    const source = signal(1);
    const runs = { left: 0, right: 0, join: 0, effect: 0 };
    const left = computed(() => (runs.left++, source() % 2));
    const right = computed(() => (runs.right++, source() % 2));
    const join = computed(() => (runs.join++, left() + right()));
    effect(() => void (join(), runs.effect++));
    source.set(3);
    expect(runs).toEqual({ left: 2, right: 2, join: 1, effect: 1 });
    source.set(4);
    expect(runs).toEqual({ left: 3, right: 3, join: 2, effect: 2 });
  });

  it('keeps what its function threw and throws it to every reader until a dependency changes', () => {
    const source = signal(0);
    let runs = 0;
    const value = computed(() => {
      runs++;
      if (source() === 0) throw new Error('zero');
      return source();
    });
    expect(() => value()).toThrow('zero');
    expect(() => value.peek()).toThrow('zero');
    expect(runs).toBe(1);
    source.set(1);
    expect(value()).toBe(1);
  });

  it('throws cycle when it reads itself, directly or through others, and recovers', () => {
    const through = signal(true);
    const a: () => number = computed(() => (through() ? b() + 1 : 1), { name: 'a' });
    const b: () => number = computed(() => a() + 1, { name: 'b' });
    expect(() => a()).toThrow(expect.objectContaining({ code: 'cycle', message: 'computed a reads itself' }));
    through.set(false);
    expect([a(), b()]).toEqual([1, 2]);
  });

  it('gets its result of the time before', () => {
    const source = signal(1);
    const sum = computed<number>((before = 0) => before + source());
    sum();
    source.set(5);
    expect(sum()).toBe(6);
  });

  it('shows everybody the same state when it writes a signal', () => {
    const source = signal(0);
    const side = signal(0);
    const writer = computed(() => {
      side.set(source() * 10);
      return source();
    });
    const sum = computed(() => writer() + side());
    const seen: number[] = [];
    effect(() => void (side(), seen.push(sum())));
    source.set(1);
    expect(sum()).toBe(11);
    expect(seen.at(-1)).toBe(11);
  });

  it('lets go of what it has read when its owner ends', () => {
    const source = signal(0);
    let runs = 0;
    const value = createRoot((dispose) => {
      const inner = computed(() => (runs++, source()));
      inner();
      dispose();
      return inner;
    });
    source.set(1);
    expect(value()).toBe(1);
    expect(runs).toBe(2);
  });
});

describe('effect', () => {
  it('runs at once, after each change, and no more when it was ended', () => {
    const value = signal(1);
    const seen: number[] = [];
    const end = effect(() => void seen.push(value()));
    value.set(2);
    end();
    end();
    value.set(3);
    expect(seen).toEqual([1, 2]);
  });

  it('calls the function it returned and its cleanups, the last one first, without following', () => {
    const value = signal(0);
    const read = signal(0);
    const order: string[] = [];
    const end = effect(() => {
      value();
      onCleanup(() => void order.push(`first ${read()}`));
      onCleanup(() => void order.push('second'));
      return () => void order.push('returned');
    });
    value.set(1);
    expect(order).toEqual(['returned', 'second', 'first 0']);
    read.set(1);
    expect(order).toHaveLength(3);
    end();
    expect(order.slice(3)).toEqual(['returned', 'second', 'first 1']);
  });

  it('ends its children before it runs again, the last one first, and parents run before children', () => {
    const value = signal(0);
    const order: string[] = [];
    const toggle = signal(true);
    effect(() => {
      if (!toggle()) return;
      for (const name of ['a', 'b']) {
        effect(() => {
          order.push(`${name}${value()}`);
          return () => void order.push(`-${name}`);
        });
      }
    });
    order.length = 0;
    batch(() => {
      value.set(1);
      toggle.set(false);
    });
    expect(order).toEqual(['-b', '-a']);
  });

  it('runs parents first through scopes and computeds', () => {
    const value = signal<{ name: string } | undefined>({ name: 'x' });
    const seen: string[] = [];
    effect(() => {
      if (value() === undefined) return;
      onCleanup(
        createRoot((dispose) => {
          effect(() => void seen.push((value() as { name: string }).name));
          return dispose;
        }),
      );
    });
    effect(() => {
      if (value() === undefined) return;
      const inner = computed(() => {
        effect(() => void seen.push((value() as { name: string }).name));
      });
      inner();
    });
    value.set(undefined);
    expect(seen).toEqual(['x', 'x']);
  });

  it('is not run again by its own writes', () => {
    const value = signal(0);
    let runs = 0;
    effect(() => {
      runs++;
      value.set(value() + 1);
    });
    expect([runs, value()]).toEqual([1, 1]);
    value.set(5);
    expect([runs, value()]).toEqual([2, 6]);
  });

  it('waits for the end of the effect that wrote', () => {
    const a = signal(0);
    const b = signal(0);
    const seen: number[] = [];
    effect(() => void seen.push(a() + b()));
    effect(() => {
      a.set(1);
      b.set(1);
    });
    expect(seen).toEqual([0, 2]);
  });

  it('is stopped when effects keep each other running, with their names; everything else goes on', () => {
    const a = signal(0);
    const b = signal(0);
    let runs = 0;
    const message = expect.stringMatching(/effect (ping|pong) ran 100 times/) as string;
    effect(() => void (runs++, b.set(a() + 1)), { name: 'ping' });
    expect(() => effect(() => void a.set(b()), { name: 'pong' })).toThrow(expect.objectContaining({ code: 'cycle', message }));
    expect(runs).toBeLessThanOrEqual(101);
    const other = signal(0);
    let seen = -1;
    effect(() => void (seen = other()));
    expect(() => batch(() => (other.set(1), a.set(-1)))).toThrow(expect.objectContaining({ code: 'cycle', message }));
    expect(seen).toBe(1);
    other.set(2);
    expect(seen).toBe(2);
  });

  it('reports what it throws, keeps its dependencies, and the others run', () => {
    const value = signal(0);
    const seen: number[] = [];
    effect(() => {
      if (value() === 1) throw new Error('one');
    });
    effect(() => void seen.push(value()));
    value.set(1);
    value.set(2);
    expect(seen).toEqual([0, 1, 2]);
    expect(takeReported()).toEqual([new Error('one')]);
  });

  it('takes no children after its end, whoever creates them', () => {
    let owner: ReturnType<typeof getOwner>;
    const end = effect(() => {
      owner = getOwner();
    });
    end();
    let ran = false;
    let cleaned = false;
    runWithOwner(owner, () => {
      effect(() => void (ran = true));
      onCleanup(() => void (cleaned = true));
    });
    expect({ ran, cleaned }).toEqual({ ran: false, cleaned: true });
  });

  it('may end itself in a run, and then reads on without being followed', () => {
    const a = signal(0);
    const b = signal(0);
    let runs = 0;
    let cleaned = 0;
    const end = effect(() => {
      runs++;
      if (a() === 1) {
        end();
        effect(() => void runs++);
      }
      b();
      return () => void cleaned++;
    });
    a.set(1);
    b.set(1);
    a.set(2);
    expect({ runs, cleaned }).toEqual({ runs: 2, cleaned: 2 });
  });
});

describe('batch and untrack', () => {
  it('gives back the result, and runs effects when the outermost one ends, even by an error', () => {
    const value = signal(0);
    const seen: number[] = [];
    effect(() => void seen.push(value()));
    expect(batch(() => batch(() => (value.set(1), value.set(2), 'result')))).toBe('result');
    expect(() =>
      batch(() => {
        value.set(3);
        throw new Error('out');
      }),
    ).toThrow('out');
    expect(seen).toEqual([0, 2, 3]);
  });

  it('untrack does not follow, yet what is created in it has the owner', () => {
    const value = signal(0);
    let runs = 0;
    let ended = false;
    const end = effect(() => {
      runs++;
      untrack(() => {
        value();
        effect(() => () => void (ended = true));
      });
    });
    value.set(1);
    end();
    expect({ runs, ended }).toEqual({ runs: 1, ended: true });
  });
});

describe('owners', () => {
  it('createRoot lives until it is disposed, whatever becomes of the owner around it', () => {
    const value = signal(0);
    let runs = 0;
    let end = () => {};
    effect(() => {
      createRoot((dispose) => {
        end = dispose;
        effect(() => void (value(), runs++));
      });
    })();
    value.set(1);
    expect(runs).toBe(2);
    end();
    value.set(2);
    expect(runs).toBe(2);
  });

  it('createRoot throws on and ends when its function throws', () => {
    let ended = false;
    expect(() =>
      createRoot(() => {
        onCleanup(() => void (ended = true));
        throw new Error('out');
      }),
    ).toThrow('out');
    expect(ended).toBe(true);
  });

  it('ownerSignal is one per run and is aborted by the next run and by the end', () => {
    const value = signal(0);
    const signals: AbortSignal[] = [];
    const end = effect(() => {
      value();
      expect(ownerSignal()).toBe(ownerSignal());
      signals.push(ownerSignal());
    });
    value.set(1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    end();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('functions that need an owner say so', () => {
    for (const call of [() => onCleanup(() => {}), () => onError(() => {}), () => ownerSignal()]) {
      expect(call).toThrow(AetherError);
      expect(call).toThrow(expect.objectContaining({ code: 'no_owner' }));
    }
    expect(getOwner()).toBeUndefined();
  });

  it('a handler is called after the effects under way, which run again by what it writes', () => {
    const failed = signal('');
    const shown: string[] = [];
    createRoot(() => {
      onError((error) => failed.set(String(error)));
      effect(() => {
        shown.push(failed());
        if (failed() !== '') return;
        effect(() => {
          throw 'inner';
        });
        shown.push('made');
      });
    });
    expect(shown).toEqual(['', 'made', 'inner']);
  });

  it('errors go to the nearest handler, what that throws to the next one, and at last to reportError', () => {
    const value = signal(0);
    const caught: string[] = [];
    createRoot((dispose) => {
      onError((error) => {
        caught.push(`outer ${(error as Error).message}`);
        throw new Error('last');
      });
      effect(() => {
        onError((error) => {
          caught.push(`inner ${(error as Error).message}`);
          throw new Error('second');
        });
        effect(() => {
          if (value() === 1) throw new Error('first');
        });
        onCleanup(() => {
          throw new Error('cleanup');
        });
      });
      value.set(1);
      expect(caught).toEqual(['inner first', 'outer second']);
      expect(takeReported()).toEqual([new Error('last')]);
      dispose();
    });
    expect(caught.slice(2)).toEqual(['inner cleanup', 'outer second']);
    expect(takeReported()).toEqual([new Error('last')]);
  });
});
