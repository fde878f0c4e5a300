import { createContainer, createToken, defineModule, Injectable, inject, lazy } from '@omnitron-dev/nexus';

const limit = createToken<number>('limit');

@Injectable()
class Clock {
  now(): number {
    return Date.now();
  }
}

class Greeter {
  static readonly inject = [Clock] as const;
  readonly #most = inject(limit);

  constructor(private readonly clock: Clock) {}

  greet(name: string): string {
    return `Hello, ${name.slice(0, this.#most)}, at ${this.clock.now()}`;
  }
}

class Wrong {
  static readonly inject = [limit] as const;
  constructor(readonly clock: Clock) {}
}

const app = defineModule({
  id: 'app',
  providers: [Clock, Greeter, { provide: limit, useFactory: (clock: Clock) => clock.now(), deps: [Clock] }],
});

export function main(): string {
  using container = createContainer(app);
  // @ts-expect-error `static inject` gives a number, the constructor takes a Clock
  container.provide(Wrong);
  void lazy(() => Greeter);
  return container.get(Greeter).greet('Ada');
}
