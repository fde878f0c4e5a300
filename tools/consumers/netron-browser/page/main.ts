import { HttpRemotePeer, NetronError } from '@omnitron-dev/netron-browser';

interface Calculator {
  add(a: number, b: number): number;
}

async function answer(url: string): Promise<Response> {
  const { pathname } = new URL(url);
  if (pathname.includes('$services')) {
    return Response.json({
      name: 'calculator',
      version: '1.0.0',
      members: [{ name: 'add', kind: 'method', annotations: { safe: true } }],
    });
  }
  return new Response('{"v":5}', { headers: { 'content-type': 'application/netron+json' } });
}

async function main(): Promise<string> {
  const peer = new HttpRemotePeer(location.origin, { fetch: answer });
  const calculator = await peer.queryInterface<Calculator>('calculator');
  const sum = await calculator.add(2, 3);
  await peer.close();
  return sum === 5 ? 'ok' : `2 + 3 is not ${sum}`;
}

main().then(
  (title) => {
    document.title = title;
  },
  (error: unknown) => {
    document.title = NetronError.is(error) ? error.code : String(error);
  },
);
