/** A node that is found through the folder of this machine's nodes. argv: its id. Ends with its standard input. */
import { defineService, Netron } from '../../../src/index.js';

const [, , id = 'neighbour'] = process.argv;
const node = await Netron.create({ id, logLevel: 'silent', discovery: { namespace: 'neighbours', interval: 200 } });
await node.peer.exposeService(defineService({ name: `${id}@1.0.0`, methods: { greet: () => `hello from ${id}` } }));
console.log(`ready ${id}`);
process.stdin.resume();
process.stdin.on('end', () => void node.stop({ timeout: 0 }));
