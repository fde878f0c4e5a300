import { createContainer, createToken, inject } from '@omnitron-dev/nexus';

const greeting = createToken<string>('greeting');

class Greeter {
  readonly greeting = inject(greeting);
}

const container = createContainer([Greeter, { provide: greeting, useValue: 'Hello' }]);
document.title = container.get(Greeter).greeting === 'Hello' ? 'ok' : 'not greeted';
