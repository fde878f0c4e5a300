import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Container, createContainer, createToken, NexusError, type Provider, type Scope, type Token } from '../src/index.js';

interface Spec {
  readonly scope: Scope;
  readonly deps: readonly number[];
  /** Its first so many creations fail. */
  readonly fails: number;
  readonly asynchronous: boolean;
}
interface Instance {
  readonly node: number;
  readonly serial: number;
  readonly deps: readonly Instance[];
}
type Graph = readonly Spec[];

/** The container as one would explain it: plain recursion over the specification, nothing remembered but instances. */
class Model {
  readonly singletons = new Map<number, Instance>();
  readonly scopes: Map<number, Instance>[];
  readonly tries: number[];
  readonly log: string[] = [];
  serial = 0;

  constructor(
    readonly graph: Graph,
    scopes: number,
  ) {
    this.scopes = Array.from({ length: scopes }, () => new Map());
    this.tries = graph.map(() => 0);
  }

  /** What is wrong with a node, its dependencies in order, depth first. */
  static fault(graph: Graph, node: number, above: readonly number[] = []): string | undefined {
    if (above.includes(node)) return 'cycle';
    const spec = graph[node];
    if (!spec) return 'missing';
    for (const dep of spec.deps) {
      const fault = Model.fault(graph, dep, [...above, node]);
      if (fault) return fault;
    }
    return spec.scope !== 'request' && spec.scope !== 'transient' && spec.deps.some((dep) => Model.needsRequest(graph, dep))
      ? 'captive'
      : undefined;
  }

  static needsRequest(graph: Graph, node: number): boolean {
    const { scope, deps } = graph[node]!;
    return scope === 'request' || (scope === 'transient' && deps.some((dep) => Model.needsRequest(graph, dep)));
  }

  get(node: number, scope: number | undefined): Instance {
    const spec = this.graph[node]!;
    const kept = spec.scope === 'transient' ? undefined : spec.scope === 'request' ? this.scopes[scope!] : this.singletons;
    const known = kept?.get(node);
    if (known) return known;
    const deps = spec.deps.map((dep) => this.get(dep, kept === this.singletons ? undefined : scope));
    if (this.tries[node]!++ < spec.fails) throw new Error(`fails ${node}`);
    const instance = { node, serial: this.serial++, deps };
    kept?.set(node, instance);
    return instance;
  }
}

function build(graph: Graph, log: string[]) {
  const tokens: Token<Instance>[] = graph.map((_, i) => createToken<Instance>(`t${i}`));
  const beyond = createToken<Instance>('beyond');
  const tries = graph.map(() => 0);
  let serial = 0;
  const providers: Provider[] = graph.map(({ scope, deps, fails, asynchronous }, node) => ({
    provide: tokens[node]!,
    scope,
    deps: deps.map((dep) => tokens[dep] ?? beyond),
    useFactory: (...instances: Instance[]) => {
      const create = () => {
        if (tries[node]!++ < fails) throw new Error(`fails ${node}`);
        const instance = {
          node,
          serial: serial++,
          deps: instances,
          [Symbol.dispose]: () => log.push(`${node}#${instance.serial}`),
        };
        return instance;
      };
      return asynchronous ? Promise.resolve().then(create) : create();
    },
  }));
  return { tokens, providers };
}

/** The same shape, with the same identities. */
function same(actual: Instance, expected: Instance): void {
  expect([actual.node, actual.serial]).toEqual([expected.node, expected.serial]);
  expect(actual.deps.length).toBe(expected.deps.length);
  for (const [i, dep] of actual.deps.entries()) same(dep, expected.deps[i]!);
}

const scopes = fc.constantFrom<Scope>('singleton', 'singleton', 'transient', 'request', 'module');
const anyGraph = (size: number) =>
  fc.array(
    fc.record({
      scope: scopes,
      deps: fc.array(fc.nat(size), { maxLength: 3 }),
      fails: fc.constant(0),
      asynchronous: fc.constant(false),
    }),
    { minLength: 1, maxLength: size },
  );
/** Dependencies point backward, and only request-scoped and transient providers need what is request-scoped. */
const soundGraph = (asynchronous: fc.Arbitrary<boolean>) =>
  fc
    .array(fc.record({ scope: scopes, deps: fc.array(fc.nat(1_000), { maxLength: 3 }), fails: fc.nat(1), asynchronous }), {
      minLength: 1,
      maxLength: 12,
    })
    .map((specs) => {
      const graph: Spec[] = [];
      for (const [i, spec] of specs.entries()) {
        const deps = i ? spec.deps.map((dep) => dep % i) : [];
        const needy = deps.some((dep) => Model.needsRequest(graph, dep));
        graph.push({ ...spec, deps, scope: needy && spec.scope !== 'transient' ? 'request' : spec.scope });
      }
      return graph;
    });
const steps = fc.array(fc.record({ node: fc.nat(1_000), scope: fc.nat(2) }), { minLength: 1, maxLength: 30 });

it('accepts exactly the graphs the model accepts, and says why not', () => {
  fc.assert(
    fc.property(anyGraph(8), (graph) => {
      const faults = new Set(graph.map((_, node) => Model.fault(graph, node)).filter((fault) => fault !== undefined));
      const { providers } = build(graph, []);
      let errors: NexusError[] = [];
      try {
        createContainer(providers);
      } catch (error) {
        errors = error instanceof AggregateError ? error.errors : [error as NexusError];
      }
      expect(errors.length > 0).toBe(faults.size > 0);
      for (const error of errors) {
        expect(error).toBeInstanceOf(NexusError);
        expect(faults).toContain(error.code);
      }
    }),
    { numRuns: 1_000 },
  );
});

it('checks one provider as the model does', () => {
  fc.assert(
    fc.property(anyGraph(6), fc.nat(5), (graph, pick) => {
      const node = pick % graph.length;
      const reachable = new Set([node]);
      for (const each of reachable) for (const dep of graph[each]?.deps ?? []) reachable.add(dep);
      const only = graph.map((spec, i) => (reachable.has(i) ? spec : { ...spec, deps: [], scope: 'singleton' as const }));
      const { providers } = build(only, []);
      let code: string | undefined;
      try {
        createContainer([providers[node]!, ...providers.filter((_, i) => i !== node)]);
      } catch (error) {
        code = ((error instanceof AggregateError ? error.errors[0] : error) as NexusError).code;
      }
      expect(code).toBe(Model.fault(only, node) ?? code);
      if (Model.fault(only, node)) expect(code).toBe(Model.fault(only, node));
    }),
    { numRuns: 500 },
  );
});

it('creates, shares, fails, retries and disposes as the model does', async () => {
  await fc.assert(
    fc.asyncProperty(soundGraph(fc.constant(false)), steps, async (graph, script) => {
      const log: string[] = [];
      const { tokens, providers } = build(graph, log);
      const root = createContainer(providers);
      const containers: Container[] = [root.createScope(), root.createScope()];
      const model = new Model(graph, 2);
      const attempt = (action: () => Instance) => {
        try {
          return action();
        } catch (error) {
          return (error as Error).message;
        }
      };
      for (const { node: pick, scope } of script) {
        const node = pick % graph.length;
        const inScope = containers[scope];
        if (!inScope && Model.needsRequest(graph, node)) {
          expect(() => root.get(tokens[node]!)).toThrow(NexusError);
          continue;
        }
        const expected = attempt(() => model.get(node, inScope ? scope : undefined));
        const actual = attempt(() => (inScope ?? root).get(tokens[node]!));
        if (typeof expected === 'string' || typeof actual === 'string') expect(actual).toBe(expected);
        else same(actual, expected);
      }
      const created = (kept: Map<number, Instance>) =>
        [...kept.values()].map(({ node, serial }) => `${node}#${serial}`).reverse();
      for (const [i, scope] of containers.entries()) {
        log.length = 0;
        await scope.dispose();
        expect(log).toEqual(created(model.scopes[i]!));
      }
      log.length = 0;
      await root.dispose();
      expect(log).toEqual(created(model.singletons));
    }),
    { numRuns: 500 },
  );
});

it('asked for everything at once, asynchronously, creates each kept instance once and retries what failed', async () => {
  await fc.assert(
    fc.asyncProperty(soundGraph(fc.boolean()), async (graph) => {
      const log: string[] = [];
      const { tokens, providers } = build(graph, log);
      const root = createContainer(providers);
      const scope = root.createScope();
      let results: PromiseSettledResult<Instance>[];
      let rounds = 0;
      do {
        results = await Promise.allSettled(tokens.map((token) => scope.getAsync(token)));
        // Each round gets past at least one failure.
        expect(rounds++).toBeLessThanOrEqual(graph.length);
      } while (results.some(({ status }) => status === 'rejected'));
      const known = new Map<number, Instance>();
      const check = (instance: Instance) => {
        const { scope } = graph[instance.node]!;
        if (scope !== 'transient') expect(known.get(instance.node) ?? instance).toBe(instance);
        known.set(instance.node, instance);
        expect(instance.deps.map(({ node }) => node)).toEqual(graph[instance.node]!.deps);
        for (const dep of instance.deps) {
          expect(dep.serial).toBeLessThan(instance.serial);
          check(dep);
        }
      };
      for (const result of results) check((result as PromiseFulfilledResult<Instance>).value);
      await root.dispose();
      const kept = graph.flatMap((spec, node) => (spec.scope === 'transient' ? [] : [node]));
      expect(log.map((entry) => Number(entry.split('#')[0])).sort((a, b) => a - b)).toEqual(kept);
      for (const part of [
        (node: number) => graph[node]!.scope === 'request',
        (node: number) => graph[node]!.scope !== 'request',
      ]) {
        const serials = log
          .map((entry) => entry.split('#').map(Number) as [number, number])
          .filter(([node]) => part(node))
          .map(([, serial]) => serial);
        expect(serials).toEqual([...serials].sort((a, b) => b - a));
      }
    }),
    { numRuns: 300 },
  );
});
