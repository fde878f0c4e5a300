import { expect, it } from 'vitest';
import type { BoundService } from './call/bound-service.js';
import { ServiceRegistry } from './registry.js';

it('caches the result of a query, but not of a query of unlimited length', async () => {
  const definition = { name: 'calc', version: '1.0.0', members: [] };
  const registry = new ServiceRegistry(
    (target) => ({ definition, target }) as unknown as BoundService,
    () => {},
  );
  const bound = registry.expose({});
  for (const query of ['calc', 'calc@^1.0.0', `calc@${' '.repeat(200)}^1.0.0`]) {
    expect(await registry.resolve(query)).toBe(bound);
    expect(registry.known(query)).toBe(bound);
  }
  for (const query of [`calc@${' '.repeat(100_000)}^1.0.0`, `calc@ ^1.0.0${' '.repeat(300)}`]) {
    expect(await registry.resolve(query)).toBe(bound);
    expect(registry.known(query)).toBe(undefined);
  }
});
