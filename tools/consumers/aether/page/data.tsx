import { createApp, defineModule, effect } from '@omnitron-dev/aether';
import { defineNetronService, useQuery } from '@omnitron-dev/aether/netron';

interface ICalculator {
  add(a: number, b: number): Promise<number>;
}

const Calculator = defineNetronService<ICalculator>({ name: 'calculator@^1.0.0' });

async function answer(url: RequestInfo | URL): Promise<Response> {
  const { pathname } = new URL(String(url));
  if (pathname.includes('$services')) {
    return Response.json({
      name: 'calculator',
      version: '1.0.0',
      members: [{ name: 'add', kind: 'method', annotations: { safe: true } }],
    });
  }
  return new Response('{"v":5}', { headers: { 'content-type': 'application/netron+json' } });
}

const Sum = () => {
  const { data, error } = useQuery(Calculator, 'add', [2, 3]);
  effect(() => {
    if (error()) document.title = String(error());
    else if (data() !== undefined)
      void imported().then((result) => (document.title = data() === 5 ? result : `2 + 3 is not ${data()}`));
  });
  return <p>{data}</p>;
};

/** Imports all that the map of the page names, also what is loaded only when it is needed. */
async function imported(): Promise<string> {
  const map = document.querySelector('script[type="importmap"]')?.textContent ?? '';
  try {
    await Promise.all(Object.keys(JSON.parse(map).imports).map((name) => import(name)));
    return 'ok';
  } catch (error) {
    return String(error);
  }
}

createApp(defineModule({ id: 'app', backends: { main: { url: location.origin, fetch: answer } } })).mount(Sum, document.body);
