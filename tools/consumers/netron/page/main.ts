import { defineService, Netron } from '@omnitron-dev/netron';

const calculator = defineService({ name: 'calculator@1.0.0', methods: { add: (a: number, b: number) => a + b } });

async function main(): Promise<string> {
  const netron = await Netron.create();
  await netron.peer.exposeService(calculator);
  const local = await netron.peer.queryInterface<typeof calculator>('calculator@1.0.0');
  const sum = await local.add(2, 3);
  await netron.stop();
  return sum === 5 ? 'ok' : `2 + 3 is not ${sum}`;
}

main().then(
  (title) => {
    document.title = title;
  },
  (error: unknown) => {
    document.title = String(error);
  },
);
