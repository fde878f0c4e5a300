/** Compiles 300 components as a development server does, then one of them again. Prints milliseconds of CPU time. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { here } from '../harness/install.mjs';

const name = process.argv[2];
const folder = join(here, '.pages', 'compile', name);
const count = 300;

/** A component as they are written: state, handlers, a list, a condition, attributes. */
const component = (index) => `
import { ${name === 'aether' ? 'For, Show, signal' : 'For, Show, createSignal'} } from '${name === 'aether' ? '@omnitron-dev/aether' : 'solid-js'}';
export function Card${index}(props) {
  const ${name === 'aether' ? 'open = signal(false)' : '[open, setOpen] = createSignal(false)'};
  const toggle = () => ${name === 'aether' ? 'open.update((before) => !before)' : 'setOpen((before) => !before)'};
  return (
    <section class="card" id={\`card-\${props.id}\`} aria-expanded={open()}>
      <header onClick={toggle}>
        <h2>{props.title}</h2>
        <small>number ${index} of {props.count} in all</small>
      </header>
      <Show when={open()} fallback={<p>closed</p>}>
        <ul>
          <For each={props.items}>{(item) => <li class={item.done ? 'done' : ''} title={item.text}><b>{item.text}</b><i>{item.at}</i></li>}</For>
        </ul>
        <form onSubmit={props.onSubmit}>
          <label>Name <input name="name" value={props.name} /></label>
          <button type="submit" disabled={!props.name}>Send</button>
        </form>
      </Show>
    </section>
  );
}
`;

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (let index = 0; index < count; index++) writeFileSync(join(folder, `card-${index}.jsx`), component(index));

const { createServer } = await import('vite');
const plugin =
  name === 'aether' ? (await import('@omnitron-dev/aether/vite')).aether() : (await import('vite-plugin-solid')).default();
const server = await createServer({
  root: folder,
  configFile: false,
  logLevel: 'error',
  plugins: [plugin],
  optimizeDeps: { noDiscovery: true, include: [] },
  server: { middlewareMode: true, watch: null, ws: false },
});

async function spent(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const transform = async (index) => {
  const { code } = await server.transformRequest(`/card-${index}.jsx`);
  if (code.includes('<section class="card" id={')) throw new Error('the module was not compiled');
};
const cold = await spent(async () => {
  for (let index = 0; index < count; index++) await transform(index);
});
const edit = await spent(async () => {
  writeFileSync(join(folder, 'card-7.jsx'), component(7).replace('closed', 'shut'));
  for (const module of server.moduleGraph.getModulesByFile(join(folder, 'card-7.jsx')))
    server.moduleGraph.invalidateModule(module);
  await transform(7);
});
console.log(JSON.stringify({ cold, edit }));
await server.close();
