import { type ClientOf, defineService, Netron, Public, Service } from '@omnitron-dev/netron';

interface Calculator {
  add(a: number, b: number): number;
  count(to: number): AsyncGenerator<number>;
  readonly version: string;
}

@Service('calculator@1.0.0')
class CalculatorService implements Calculator {
  @Public({ readonly: true })
  version = '1.0.0';

  @Public()
  add(a: number, b: number): number {
    return a + b;
  }

  @Public()
  async *count(to: number): AsyncGenerator<number> {
    for (let n = 1; n <= to; n++) yield n;
  }
}

export async function main(): Promise<number> {
  const server = await Netron.create({ listenHost: '127.0.0.1', listenPort: 0 });
  await server.peer.exposeService(new CalculatorService());
  const client = await Netron.create();
  const peer = await client.connect(`ws://127.0.0.1:${server.listenPort}`);
  const calculator = await peer.queryInterface<Calculator>('calculator@1.0.0');

  const sum: number = await calculator.add(2, 3);
  const version: string = await calculator.version;
  for await (const n of calculator.count(3)) console.log(n.toFixed(), version);
  // @ts-expect-error the second number is missing
  await calculator.add(2);
  // @ts-expect-error there is no such method
  await calculator.subtract(2, 3);
  // @ts-expect-error a call gives a promise
  const early: number = calculator.add(2, 3);

  peer.link?.connection.resume();
  // @ts-expect-error what is behind a peer is not published
  peer.link?.outbox.flush();
  // @ts-expect-error
  peer.services.detach();
  // @ts-expect-error
  client.attach({});

  await client.stop();
  await server.stop();
  return sum + early;
}

const clock = defineService({ name: 'clock@1.0.0', methods: { now: () => new Date() } });

export async function ask(client: ClientOf<typeof clock>): Promise<number> {
  const now = await client.now();
  return now.getTime();
}
