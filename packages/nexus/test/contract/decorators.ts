import { expect, it } from 'vitest';
import { createContainer, createToken } from '../../src/index.js';

export const URL_TOKEN = createToken<string>('url');

/** The same small application, written in one dialect and compiled by one tool. */
export interface DecoratedApp {
  /** Imports a module that provides `URL_TOKEN` and a request-scoped `Session`; the service needs both, the second lazily. */
  readonly AppModule: new (
    ...args: never[]
  ) => object;
  readonly Service: new (...args: never[]) => { readonly url: string; session(): object };
  readonly Session: new () => object;
  /** `@Injectable({ providedIn: 'root' })` */
  readonly Rooted: new () => object;
  /** `@Injectable({ scope: 'transient' })` */
  readonly Fleeting: new () => object;
}

/** What decorators promise, in both dialects. */
export function testDecorators(name: string, { AppModule, Service, Session, Rooted, Fleeting }: DecoratedApp): void {
  it(`${name}: modules, scopes and injection`, () => {
    const container = createContainer(AppModule);
    const [scope, other] = [container.createScope(), container.createScope()];
    const service = scope.get(Service);
    expect(service.url).toBe('https://example');
    expect(service.session()).toBe(scope.get(Session));
    expect(other.get(Service).session()).not.toBe(service.session());
    expect(container.get(Fleeting)).not.toBe(container.get(Fleeting));
  });
  it(`${name}: providedIn root needs no registration and is one for all`, () => {
    const container = createContainer(AppModule);
    const child = container.createChild();
    expect(child.get(Rooted)).toBeInstanceOf(Rooted);
    expect(child.get(Rooted)).toBe(container.get(Rooted));
    expect(createContainer().get(Rooted)).not.toBe(container.get(Rooted));
  });
  it(`${name}: leaves no trace on Reflect`, () => {
    expect('metadata' in Reflect).toBe(false);
  });
}
