/** One contender's server, in a process of its own: says its port, and on any message what CPU time it has taken, in microseconds. */
import '../harness/application.mjs';
import { contenders } from './contenders.mjs';

const [name = ''] = process.argv.slice(2);
const port = await contenders[name]?.serve();
process.send?.({ port });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system });
});
