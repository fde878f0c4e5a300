/** Counts what a process is left with after many pages were rendered for different users. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createApp, getOwner, Injectable, resource, Suspense } from '../../src/index.js';
import { NetronModule, NetronService, useQuery } from '../../src/netron/index.js';
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
  made.push(new WeakRef(app));
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

/** Collects until nothing is left, or as often as it takes for what waits for promises. */
async function left(): Promise<number> {
  for (let time = 0; time < 20; time++) {
    await turn();
    collect();
    made = made.filter((each) => each.deref() !== undefined);
    if (made.length === 0) break;
  }
  return made.length;
}

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

/** Renders some pages, after a tenth of them to begin with. */
export async function renders(times: number) {
  await using server = await startUserServer();
  for (let time = 0; time < times / 10; time++) await render(server.url);
  await left();
  const before = { heap: process.memoryUsage().heapUsed, timers: timers() };
  let html = '';
  for (let time = 0; time < times; time++) html = await render(server.url);
  const kept = await left();
  return { html, left: kept, before, after: { heap: process.memoryUsage().heapUsed, timers: timers() } };
}
