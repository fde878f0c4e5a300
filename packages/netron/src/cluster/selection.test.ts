import { describe, expect, it, vi } from 'vitest';
import type { BalancedPeer, BalancingContext, LoadBalancer } from '../balance/load-balancer.js';
import type { Connector } from './connector.js';
import { Endpoint } from './endpoint.js';
import { Selection, type SelectionSettings } from './selection.js';

/** Nodes without connections: the test sets their readiness. */
function node(id: string): Endpoint {
  const connector = { to: () => ({ ready: false, hold: () => () => {} }) } as unknown as Connector;
  return new Endpoint(
    connector,
    { id, addresses: [], weight: 1 } as never,
    'shop@1.0.0',
    { connections: 1, session: true },
    () => {},
  );
}

function selection(changes: Partial<SelectionSettings> = {}) {
  const all = new Map<string, Endpoint>();
  const balancer = {
    selectPeer: vi.fn((peers: readonly BalancedPeer[]): BalancedPeer => peers.at(-1) as BalancedPeer),
    reportResult: vi.fn<LoadBalancer['reportResult']>(),
  };
  const error = vi.fn();
  const settings: SelectionSettings = { advised: undefined, balancer, locality: false, outliers: undefined, ...changes };
  const made = new Selection('shop', all, settings, { logger: { error }, place: {} } as never);
  /** Adds nodes that are ready. */
  const add = (...ids: string[]): Endpoint[] =>
    ids.map((id) => {
      const endpoint = node(id);
      all.set(id, endpoint);
      made.add(endpoint);
      made.invalidate();
      return endpoint;
    });
  return { add, balancer, error, selection: made };
}

const context: BalancingContext = { service: 'shop', method: 'buy', tried: new Set() };

describe('the choice of a node', () => {
  it('is none without nodes, the only node without asking the balancer, or else the choice of the balancer', () => {
    const { add, balancer, selection: made } = selection();
    expect(made.pick(context, 0)).toBeUndefined();
    const [a] = add('a');
    expect(made.pick(context, 0)).toBe(a);
    expect(balancer.selectPeer).not.toHaveBeenCalled();
    const [b] = add('b');
    expect(made.pick(context, 0)).toBe(b);
    expect(balancer.selectPeer).toHaveBeenCalledExactlyOnceWith([a, b], context);
  });

  it('is made from the same list as long as the nodes are the same', () => {
    const { add, balancer, selection: made } = selection();
    add('a', 'b');
    made.pick(context, 0);
    made.pick(context, 0);
    const [first, second] = balancer.selectPeer.mock.calls;
    expect(first?.[0]).toBe(second?.[0]);
    add('c');
    made.pick(context, 0);
    expect(balancer.selectPeer.mock.calls[2]?.[0]).toHaveLength(3);
  });

  it('is among the nodes that have the member', () => {
    const { add, selection: made } = selection();
    const [a] = add('a', 'b');
    expect(made.pick(context, 0, { among: (nodes) => nodes.slice(0, 1) })).toBe(a);
  });

  it('leaves out unhealthy nodes, unless they are more than half', () => {
    const { add, balancer, selection: made } = selection();
    const [a, b, c] = add('a', 'b', 'c') as [Endpoint, Endpoint, Endpoint];
    c.healthy = false;
    made.invalidate();
    made.pick(context, 0);
    expect(balancer.selectPeer.mock.calls[0]?.[0]).toEqual([a, b]);
    expect(made.reasonAgainst(c, 0)).toBe(c.reason ?? 'it did not answer the last health check');
    b.healthy = false;
    made.invalidate();
    made.pick(context, 0);
    expect(balancer.selectPeer.mock.calls[1]?.[0]).toEqual([a, b, c]);
    expect(made.remark(c, 0)).toBe('it is used because too many nodes do not answer health checks');
  });

  it('fails with not_run when the balancer throws or returns something else', () => {
    const { add, balancer, selection: made } = selection();
    add('a', 'b');
    balancer.selectPeer.mockImplementationOnce(() => {
      throw new Error('no idea');
    });
    const pick = () => made.pick(context, 0);
    expect(pick).toThrow(
      expect.objectContaining({
        code: 'internal',
        message: "the load balancer of service 'shop' failed: no idea",
        outcome: 'not_run',
      }),
    );
    balancer.selectPeer.mockReturnValueOnce(node('c'));
    expect(pick).toThrow(expect.objectContaining({ code: 'internal', outcome: 'not_run' }));
  });
});

describe('nodes that are ready', () => {
  it('are healthy at first, and listed once', () => {
    const { selection: made } = selection();
    const a = node('a');
    a.healthy = false;
    expect([made.add(a), made.add(a), a.healthy, made.ready.size]).toEqual([true, false, true, 1]);
    made.delete(a);
    expect(made.ready.size).toBe(0);
  });

  it('include one that was not tried', () => {
    const { add, selection: made } = selection();
    const [a, b] = add('a', 'b') as [Endpoint, Endpoint];
    expect([made.otherThan(new Set([a])), made.otherThan(new Set([a, b]))]).toEqual([true, false]);
  });
});

describe('results of calls', () => {
  it('are reported to the balancer, whose failures are logged', () => {
    const { add, balancer, error, selection: made } = selection();
    const [a] = add('a', 'b') as [Endpoint, Endpoint];
    made.report(a, true, 5, 100);
    expect(balancer.reportResult).toHaveBeenCalledExactlyOnceWith(a, true, 5);
    balancer.reportResult.mockImplementationOnce(() => {
      throw new Error('no');
    });
    made.report(a, false, 5, 100);
    expect(error).toHaveBeenCalledTimes(1);
  });

  it('of the only node are not reported', () => {
    const { add, balancer, selection: made } = selection();
    const [a] = add('a') as [Endpoint];
    made.report(a, true, 5, 100);
    expect(balancer.reportResult).not.toHaveBeenCalled();
  });
});
