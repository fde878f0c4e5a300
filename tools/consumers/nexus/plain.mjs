import { createContainer, createToken, inject } from '@omnitron-dev/nexus';

const greeting = createToken('greeting');
const limit = createToken('limit');

class Clock {
  now() {
    return 7;
  }
}

class Greeter {
  static inject = [Clock, greeting];
  limit = inject(limit);
  constructor(clock, word) {
    this.clock = clock;
    this.word = word;
  }
  greet(name) {
    return `${this.word}, ${name.slice(0, this.limit)}, at ${this.clock.now()}`;
  }
}

const container = createContainer([
  Clock,
  Greeter,
  { provide: limit, useValue: 3 },
  { provide: greeting, useFactory: async () => 'Hello' },
]);
const greeter = await container.getAsync(Greeter);
const text = greeter.greet('Adam');
await container[Symbol.asyncDispose]();

if (text !== 'Hello, Ada, at 7') throw new Error(`got ${text}`);
console.log('ok');
