/** Opens idle connections to an address, as many as it is told. */
import { Netron } from '@omnitron-dev/netron';

const [address = '', session] = process.argv.slice(2);
const client = await Netron.create();
process.on('message', async (count) => {
  for (let made = 0; made < Number(count); made += 50)
    await Promise.all(Array.from({ length: 50 }, () => client.connect(address, { session: session === 'true' })));
  process.send?.('done');
});
process.once('disconnect', () => process.exit());
