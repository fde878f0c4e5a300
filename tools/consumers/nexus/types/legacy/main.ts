import { createContainer, createToken, Inject, Injectable, Module } from '@omnitron-dev/nexus';

const limit = createToken<number>('limit');

@Injectable()
class Clock {
  now(): number {
    return Date.now();
  }
}

@Injectable({ scope: 'transient' })
class Greeter {
  constructor(
    private readonly clock: Clock,
    @Inject(limit) private readonly most: number,
  ) {}

  greet(name: string): string {
    return `Hello, ${name.slice(0, this.most)}, at ${this.clock.now()}`;
  }
}

@Module({ providers: [Clock, Greeter, { provide: limit, useValue: 20 }], exports: [Greeter] })
class App {}

export function main(): string {
  const container = createContainer(App);
  const most: number = container.get(limit);
  // @ts-expect-error the token gives a number
  const text: string = container.get(limit);
  return container.get(Greeter).greet('Ada') + most + text;
}
