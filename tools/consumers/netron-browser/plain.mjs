import { HttpRemotePeer } from '@omnitron-dev/netron-browser';

const described = {
  name: 'calculator',
  version: '1.0.0',
  members: [{ name: 'add', kind: 'method', annotations: { safe: true } }],
};
let asked = 0;

/** A server in place of the network. */
async function answer(url) {
  const { pathname, searchParams } = new URL(url);
  if (pathname === '/netron/$services/calculator') return Response.json(described);
  asked += 1;
  const [a, b] = JSON.parse(searchParams.get('args') ?? '{"v":[]}').v;
  return new Response(JSON.stringify({ v: a + b }), { headers: { 'content-type': 'application/netron+json' } });
}

const peer = new HttpRemotePeer('https://api.example.com', { fetch: answer });
const calculator = await peer.queryFluentInterface('calculator');
const sums = [await calculator.cache(60_000).add(2, 3), await calculator.cache(60_000).add(2, 3)];
await peer.close();

if (sums.join() !== '5,5' || asked !== 1) throw new Error(`got ${sums}, asked ${asked} times`);
console.log('ok');
