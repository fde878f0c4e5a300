/** Two applications: one implements a contract, the other calls it over TCP. Prints each step, and exits. */
import { createApp, defineContract, Public, Stream, TitanService } from '@omnitron-dev/titan';
import { z } from 'zod';

const Todo = z.object({ id: z.number(), text: z.string(), due: z.date().optional() });

/** Shared by both sides: callers import only this. */
const todos = defineContract({
  name: 'todos',
  version: '1.0.0',
  contract: {
    add: { input: z.object({ text: z.string().min(1), due: z.date().optional() }), output: Todo },
    list: { output: Todo, stream: true },
  },
});

@TitanService(todos)
class Todos {
  readonly #all: z.infer<typeof Todo>[] = [];

  @Public()
  add({ text, due }: { text: string; due?: Date | undefined }) {
    const todo = { id: this.#all.length + 1, text, ...(due && { due }) };
    this.#all.push(todo);
    return todo;
  }

  @Public()
  @Stream()
  async *list() {
    yield* this.#all;
  }
}

const quiet = { logger: { level: 'warn' } } as const;
const server = createApp({
  ...quiet,
  name: 'server',
  config: { netron: { transports: { tcp: { port: 0 } }, healthPort: false } },
});
await server.service(Todos).start();
const address = server.netron?.addresses[0] ?? '';

const client = createApp({ ...quiet, name: 'client', config: { netron: { healthPort: false } } });
await client.start();
await client.netron?.connect(address);
const remote = client.connectToService(todos);

console.log('added:', (await remote.add({ text: 'write an example', due: new Date('2030-01-01T00:00:00Z') })).due?.toISOString());
await remote.add({ text: 'read it' }).then(({ id }) => console.log('added:', id));
await remote.add({ text: '' }).catch(({ code, message }) => console.log(code, message));
for await (const { id, text } of remote.list()) console.log('listed:', id, text);

await client.stop();
await server.stop();
