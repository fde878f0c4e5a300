/** Counts what a process is left with after many pages were rendered for different users. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createApp, getOwner, Injectable, resource, Suspense } from '../../src/index.js';
import { CACHE_MANAGER, NetronModule, NetronService, useQuery } from '../../src/netron/index.js';
import { renderToStream, renderToString } from '../../src/ssr.js';
import { type IUserService, startUserServer } from '../netron/server.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

@Injectable()
class UserService extends NetronService<IUserService> {}

let made: WeakRef<object>[] = [];

function Page() {
  made.push(new WeakRef(getOwner() as object));
  const users = useQuery(UserService, 'getUsers');
  const never = resource(({ signal }) => new Promise<string>((_, reject) => signal.addEventListener('abort', reject)));
  return (
    <ul>
      {() => users.data()?.map(({ id, name }) => <li key={id}>{name}</li>)}
      {never}
    </ul>
  );
}

const view = () => (
  <Suspense fallback="waiting">
    <Page />
  </Suspense>
);

/** Renders one page as a text, and one as a stream that is cut after its first piece. */
async function render(url: string): Promise<string> {
  const app = createApp([...(NetronModule.forRoot({ baseUrl: url }).providers ?? []), UserService]);
  made.push(new WeakRef(app), new WeakRef(app.container.get(CACHE_MANAGER)));
  try {
    const reader = renderToStream(app.view(view)).getReader();
    await reader.read();
    await reader.cancel();
    return await renderToString(app.view(view));
  } finally {
    await app.dispose();
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Collects as often as it takes for what waits for promises, and for what that holds. */
async function left(): Promise<number> {
  for (let time = 0; time < 20; time++) {
    await turn();
    collect();
  }
  made = made.filter((each) => each.deref() !== undefined);
  return made.length;
}

const resources = (name: string) => process.getActiveResourcesInfo().filter((each) => each === name).length;

/** Renders pages with a server of their own, and returns what is there when all of its connections are closed. */
async function round(times: number) {
  const sockets = resources('TCPSocketWrap');
  let html = '';
  {
    await using server = await startUserServer();
    for (let time = 0; time < times; time++) html = await render(server.url);
  }
  while (resources('TCPSocketWrap') > sockets) await turn();
  return { html, left: await left(), timers: resources('Timeout'), heap: process.memoryUsage().heapUsed };
}

/** Renders some pages, after others to begin with. */
export async function renders(first: number, times: number) {
  const before = await round(first);
  return { before, after: await round(times) };
}
