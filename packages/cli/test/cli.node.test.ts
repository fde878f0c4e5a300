import { execFile, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { freePort } from '../../netron/test/free-port.js';
import { eventually } from '../../netron/test/http/eventually.js';
import { start } from '../../netron/test/program.js';
import { ServiceGenerator } from '../src/index.js';
import { bundle, titanProgram } from './program.js';

const folder = mkdtempSync(join(tmpdir(), 'titan-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let program = '';
beforeAll(async () => {
  program = await titanProgram();
});
let folders = 0;
function emptyFolder(): string {
  const made = join(folder, String(++folders));
  mkdirSync(made);
  return made;
}

/** Runs the program without a terminal. */
function titan(cwd: string, ...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out: out.join(''), err: err.join('') })));
}
/** Runs a program; returns its output when it fails. */
function faultsOf(command: string, args: string[], cwd: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd }, (error, out, err) => resolve(error ? `${error.message}\n${out}${err}` : ''));
  });
}

/** Has nginx check servers, with names that resolve and on a free port, on which it listens for a moment. */
async function nginxFaults(at: string, servers: string): Promise<string> {
  const config = join(at, 'nginx.conf');
  const known = servers.replace(/server [\w-]+:8080;/g, 'server 127.0.0.1:8080;');
  const own = `pid ${at}/pid; error_log stderr; events {} http { access_log off;`;
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${at}/${kind};`);
  writeFileSync(
    config,
    `${own} ${folders.join(' ')}\n${known.replace('listen 80;', `listen 127.0.0.1:${await freePort()};`)}\n}`,
  );
  return faultsOf('nginx', ['-t', '-q', '-e', 'stderr', '-c', config], at);
}
const list = (at: string) => readdirSync(at, { recursive: true, encoding: 'utf8' }).sort();

const hostile = [
  '../x',
  "a'b",
  'con',
  'CON',
  'com1',
  '',
  '.',
  '..',
  'a/b',
  'a\\b',
  '/etc/x',
  'a b',
  'A',
  '1a',
  'a-',
  'a--b',
  'é',
  '$\u007bx}',
  '{{name}}',
  '`id`',
  '-rf',
  'x'.repeat(51),
  'a\n',
  '__proto__',
  'a.b',
  'nul',
];

/** Names that would not compile, or would hide imports of the templates. */
const words = ['class', 'await', 'static', 'undefined', 'z', 'test', 'client', 'titan', 'define-titan', 'define-contract'];

describe('DX-04: generate:service', () => {
  it('writes contract, service and test, in the dialect of the project', async () => {
    const at = emptyFolder();
    writeFileSync(join(at, 'package.json'), '{ "titan": { "dialect": "none" } }');
    const { code, out } = await titan(at, 'generate:service', 'order-item', '--json');
    expect([code, JSON.parse(out)]).toEqual([
      0,
      {
        name: 'order-item',
        dialect: 'none',
        files: ['src/services/order-item.contract.ts', 'src/services/order-item.test.ts', 'src/services/order-item.service.ts'],
        add: ["import { orderItemService } from './services/order-item.service.js';", '.service(orderItemService)'],
        dryRun: false,
      },
    ]);
    const contract = readFileSync(join(at, 'src/services/order-item.contract.ts'), 'utf8');
    expect(contract).toContain("name: 'order-item'");
    expect(contract).not.toContain('greet');
    const said = await titan(at, 'generate:service', 'user-role');
    expect(said.out).toContain(
      "Add to src/app.ts:\n  import { userRoleService } from './services/user-role.service.js';\n  .service(userRoleService)\n",
    );
    const service = readFileSync(join(at, 'src/services/order-item.service.ts'), 'utf8');
    expect(service).toContain('export const orderItemService = defineTitanService({');
    expect(service).not.toContain('{{');
    const generator = new ServiceGenerator();
    await generator.generate('user', { folder: at, dialect: 'legacy' });
    expect(readFileSync(join(at, 'src/services/user.service.ts'), 'utf8')).toContain('export class UserService');
  });

  it.each([...hostile, ...words])('refuses the name %j and writes nothing', async (name) => {
    const at = emptyFolder();
    await expect(new ServiceGenerator().generate(name, { folder: at })).rejects.toThrow(/invalid service name/);
    expect(list(at)).toEqual([]);
    expect(existsSync(join(folder, 'x.service.ts'))).toBe(false);
  });

  it('overwrites nothing without --force, and writes none of the files then', async () => {
    const at = emptyFolder();
    mkdirSync(join(at, 'src/services'), { recursive: true });
    writeFileSync(join(at, 'src/services/user.test.ts'), 'mine');
    const before = list(at);
    const refused = await titan(at, 'generate:service', 'user', '--json');
    expect([refused.code, JSON.parse(refused.out).error]).toEqual([1, expect.stringContaining('src/services/user.test.ts')]);
    expect(list(at)).toEqual(before);
    expect((await titan(at, 'generate:service', 'user', '--force')).code).toBe(0);
    expect(readFileSync(join(at, 'src/services/user.test.ts'), 'utf8')).not.toBe('mine');
  });

  it('writes nothing outside of the project when a folder is a link', async () => {
    const [at, elsewhere] = [emptyFolder(), emptyFolder()];
    symlinkSync(elsewhere, join(at, 'src'));
    await expect(new ServiceGenerator().generate('user', { folder: at })).rejects.toThrow('would be outside of');
    expect(list(elsewhere)).toEqual([]);
  });

  it('--dry-run shows the files and writes none', async () => {
    const at = emptyFolder();
    const { code, out } = await titan(at, 'generate:service', 'user', '--dry-run', '--dialect', 'standard');
    expect([code, out.trim().split('\n').length, list(at)]).toEqual([0, 3, []]);
  });
});

describe('titan new', () => {
  it.each(['legacy', 'standard', 'none'])('makes a project: %s', async (dialect) => {
    const at = emptyFolder();
    const { code, out } = await titan(
      at,
      'new',
      'my-shop',
      '--dialect',
      dialect,
      '--redis',
      '--deploy',
      'docker,kubernetes,nginx',
      '--json',
    );
    expect(code).toBe(0);
    const project = JSON.parse(out);
    expect(list(join(at, 'my-shop')).filter((file) => project.files.includes(file.replaceAll('\\', '/')))).toHaveLength(
      project.files.length,
    );
    const read = (file: string) => readFileSync(join(at, 'my-shop', file), 'utf8');
    const manifest = JSON.parse(read('package.json'));
    expect([manifest.name, manifest.titan.dialect, manifest.dependencies.ioredis]).toEqual(['my-shop', dialect, '^6.0.0']);
    expect(JSON.parse(read('tsconfig.json')).compilerOptions.experimentalDecorators).toBe(
      dialect === 'legacy' ? true : undefined,
    );
    expect(read('Dockerfile')).toMatch(/FROM node:24-alpine[\s\S]+USER node[\s\S]+HEALTHCHECK/);
    const documents = parseAllDocuments(read('deploy/kubernetes.yaml')).map((document) => document.toJS());
    const [deployment, budget, service] = documents;
    expect(documents.map(({ kind }) => kind)).toEqual(['Deployment', 'PodDisruptionBudget', 'Service']);
    expect(budget.spec.selector).toEqual(deployment.spec.selector);
    const { template, selector, replicas } = deployment.spec;
    const [container] = template.spec.containers;
    expect([replicas, selector.matchLabels, template.metadata.labels]).toEqual([3, { app: 'my-shop' }, service.spec.selector]);
    expect([container.livenessProbe.httpGet.path, container.readinessProbe.httpGet.path]).toEqual(['/health', '/ready']);
    expect(container.env.map((each: { name: string }) => each.name)).toContain('REDIS_URL');
    const ports = container.ports.map((each: { name: string }) => each.name);
    for (const port of [container.livenessProbe.httpGet.port, service.spec.ports[0].targetPort]) expect(ports).toContain(port);
    expect(read('deploy/nginx.conf')).toContain('least_conn');
    expect(await nginxFaults(at, read('deploy/nginx.conf'))).toBe('');
    const biome = fileURLToPath(new URL('../../../node_modules/@biomejs/biome/bin/biome', import.meta.url));
    expect(await faultsOf(process.execPath, [biome, 'check'], join(at, 'my-shop'))).toBe('');
    for (const file of project.files) expect(read(file)).not.toMatch(/\{\{|\}\}/);
  });

  it('its service prints for the curl commands of its page what the page says, and its README has the same commands', async () => {
    const at = join(program, '../../first');
    mkdirSync(at);
    expect((await titan(at, 'new', 'my-shop', '--yes')).code).toBe(0);
    await bundle(join(at, 'built'), { main: join(at, 'my-shop/src/main.ts') });
    const [port, health] = [await freePort(), await freePort()];
    const { end, ended } = start(join(at, 'built/main.mjs'), [], { env: { PORT: String(port), HEALTH_PORT: String(health) } });
    const failed = ended.then((code) => Promise.reject(new Error(`the application has ended with ${code}`)));
    failed.catch(() => {});
    const page = readFileSync(new URL('../../../docs/titan/first-service.md', import.meta.url), 'utf8');
    const commands = [...page.matchAll(/^(curl .*)\n# (.*)$/gm)];
    expect(commands.length).toBe(2);
    const readme = readFileSync(join(at, 'my-shop/README.md'), 'utf8');
    try {
      const healthy = async () => expect((await fetch(`http://127.0.0.1:${health}/health`)).ok).toBe(true);
      await Promise.race([eventually(healthy), failed]);
      for (const [, command = '', answer] of commands) {
        expect(readme).toContain(command);
        const line = command.replace('curl ', 'curl -s ').replace(':8080', `:${port}`).replace(':9090', `:${health}`);
        expect((await promisify(execFile)('sh', ['-c', line])).stdout.trim()).toBe(answer);
      }
    } finally {
      await end('SIGTERM');
    }
  });

  it('without Redis and deployments it contains neither', async () => {
    const at = emptyFolder();
    await titan(at, 'new', 'plain', '--yes', '--deploy', 'none');
    expect(existsSync(join(at, 'plain/Dockerfile'))).toBe(false);
    expect(readFileSync(join(at, 'plain/package.json'), 'utf8')).not.toContain('redis');
  });

  it('asks nothing without a terminal, and names the missing arguments', async () => {
    const at = emptyFolder();
    const results = [
      await titan(at, 'new'),
      await titan(at, 'new', '../x'),
      await titan(at, 'new', 'x', '--dialect', 'french'),
      await titan(at, 'new', 'x', '--deploy', 'mars'),
      await titan(at, 'nonsense'),
    ];
    expect(results.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1]);
    expect(results.map(({ err }) => err.split(':')[0]!.trim().split(' ')[0])).toEqual([
      'expected',
      'invalid',
      '--dialect',
      '--deploy',
      'unknown',
    ]);
    expect(list(at)).toEqual([]);
    expect((await titan(at, '--help')).out).toContain('generate:service');
  });

  it('does not change a folder that exists', async () => {
    const at = emptyFolder();
    mkdirSync(join(at, 'shop'));
    writeFileSync(join(at, 'shop/README.md'), 'mine');
    const { code, err } = await titan(at, 'new', 'shop', '--yes');
    expect([code, err.includes('README.md'), list(at)]).toEqual([1, true, ['shop', 'shop/README.md']]);
  });
});

describe('titan topology', () => {
  it('reports missing parts', async () => {
    const at = emptyFolder();
    expect(await titan(at, 'topology', '--explain')).toMatchObject({
      code: 1,
      err: expect.stringContaining('build the project'),
    });
    expect(await titan(at, 'start', '--all')).toMatchObject({ code: 1, err: expect.stringContaining('topology file not found') });
    cpSync(program, join(at, 'app.mjs'));
    writeFileSync(join(at, 'empty.mjs'), 'export const nothing = 1;');
    expect(await titan(at, 'start', '--app', 'empty.mjs')).toMatchObject({
      code: 1,
      err: expect.stringContaining('does not export an application'),
    });
  });
});
