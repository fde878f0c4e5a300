/**
 * Several nodes that find each other on this machine: calls are distributed over the workers, and continue when one of them
 * stops. Prints each step, and exits.
 */
import { type Application, createApp, Public, TitanService } from '@omnitron-dev/titan';

const namespace = `distributed-app-${process.pid}`;

/** Creates a node of the cluster. */
function node(id: string): Application {
  const discovery = { enabled: true, namespace };
  return createApp({
    name: id,
    signals: false,
    logger: { level: 'error' },
    config: { netron: { id, port: 0, discovery, healthPort: false } },
  });
}

/** Creates a worker: a class of its own, so that each answers with its own name. */
function worker(id: string): Application {
  @TitanService({ name: 'worker', discovery: { enabled: true } })
  class Worker {
    @Public()
    square(value: number) {
      return { value: value * value, by: id };
    }
  }
  return node(id).service(Worker);
}

const workers = ['worker-1', 'worker-2', 'worker-3'].map(worker);
const client = node('client');
await Promise.all([...workers, client].map((app) => app.start()));

interface Worker {
  square(value: number): Promise<{ value: number; by: string }>;
}
const remote = client.connectToService<Worker>('worker@1.0.0');

/** Calls until this many workers have answered, and checks each answer. */
async function askUntil(answering: number): Promise<void> {
  const by = new Set<string>();
  for (let value = 0; by.size < answering; value++) {
    const answer = await remote.square(value);
    if (answer.value !== value * value) throw new Error(`${value} squared is not ${answer.value}`);
    by.add(answer.by);
  }
  console.log('answered by', [...by].sort().join());
}

await askUntil(3);
await workers[0]?.stop();
console.log('worker-1 stopped');
await askUntil(2);
for (const app of [client, ...workers.slice(1)]) await app.stop();
console.log('all stopped');
