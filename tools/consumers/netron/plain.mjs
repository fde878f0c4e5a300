import { defineService, Netron } from '@omnitron-dev/netron';
import { simulate } from '@omnitron-dev/netron/testing';

const calculator = defineService({
  name: 'calculator@1.0.0',
  methods: {
    add: (a, b) => a + b,
    async *count(to) {
      for (let n = 1; n <= to; n++) yield n;
    },
  },
});

const server = await Netron.create({ listenHost: '127.0.0.1', listenPort: 0 });
await server.peer.exposeService(calculator);
const client = await Netron.create();
const peer = await client.connect(`ws://127.0.0.1:${server.listenPort}`);
const remote = await peer.queryInterface('calculator@1.0.0');

const sum = await remote.add(2, 3);
const numbers = [];
for await (const n of remote.count(3)) numbers.push(n);
await client.stop();
await server.stop();

// The same on a virtual network, under faults.
const simulated = await simulate(
  async (world) => {
    const far = await world.node('server');
    await far.peer.exposeService(calculator);
    const near = await (await world.node('client')).connect('sim:server', { maxReconnectAttempts: 100 });
    const adder = await near.queryInterface('calculator');
    if ((await adder.add(2, 3)) !== 5) throw new Error('wrong');
  },
  { runs: 3 },
);
if (simulated.runs !== 3) throw new Error(`${simulated.runs} runs instead of 3`);

if (sum !== 5 || numbers.join() !== '1,2,3') throw new Error(`got ${sum} and ${numbers}`);
console.log('ok');
