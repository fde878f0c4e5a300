/** Uses in both compilers: types of right ones are inferred, and the errors of wrong ones say what would be right. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { beforeAll, expect, it } from 'vitest';
import { nativeCompiler, scriptProgram } from '../../../../tools/type-cost.js';

const run = promisify(execFile);
const folder = new URL('../../../../.cache/uses/', import.meta.url);
const path = (name: string) => fileURLToPath(new URL(name, folder));

const queries = '"getUser" | "list" | "rename"';
const streams = '"feed" | "join"';
const methods = '"feed" | "getUser" | "join" | "list" | "rename"';
const isNot = (name: string, names: string) => `Argument of type '"${name}"' is not assignable to parameter of type '${names}'.`;

const missing =
  "Property 'params' is missing in type 'Route<{ readonly id: string; }, unknown, number, undefined>' but required in type 'MissingParams<{ readonly id: string; }>'.";

/** Each use on a line of its own, and the reason of the error there: the last line of its text. */
const refused: [use: string, text: string][] = [
  ["useQuery(Users, 'getUsr', ['1']);", isNot('getUsr', queries)],
  ["useQuery(DefinedUsers, 'getUsr', ['1']);", isNot('getUsr', queries)],
  ["useQuery(Users, 'feed');", isNot('feed', queries)],
  ["useQueries(Users, 'getUsr', []);", isNot('getUsr', queries)],
  ["useInfiniteQuery(Users, 'lst', { first: 0, args: () => [], next: () => 1 });", isNot('lst', queries)],
  ["usePrefetch(Users, 'lst');", isNot('lst', queries)],
  ["useMutation(Users, 'renam', { invalidate: ['users'] });", isNot('renam', queries)],
  ["useStream(Users, 'fed');", isNot('fed', streams)],
  ["useDuplex(Users, 'jon');", isNot('jon', '"join"')],
  ["class Renames extends NetronStore<IUsers> { go() { return this.mutate('renam', ['1', 'Ada']); } }", isNot('renam', methods)],
  ["class Queries extends NetronStore<IUsers> { go() { return this.query('lst', []); } }", isNot('lst', methods)],
  ["peer.watch<IUsers>('users', 'lst', []);", isNot('lst', methods)],
  [
    "useMutation(Users, 'rename', { optimistic: { method: 'lst', update: () => undefined } });",
    `Type '"lst"' is not assignable to type '${queries}'. Did you mean '"list"'?`,
  ],
  ['navigate(detail);', missing],
  ['router.navigate(detail);', missing],
  ['router.href(detail);', missing],
  ['redirect(detail);', missing],
];

/** Uses without annotations. */
const accepted = `
useMutation(Users, 'rename', { optimistic: { method: 'getUser', args: ['1'], update: (user, id, name) => user && { ...user, id, name } } });
useMutation(DefinedUsers, 'rename', { optimistic: { method: 'list', update: (users, id) => users?.filter((user) => user.id !== id) } });
useMutation(DefinedUsers, 'rename', { optimistic: { update: (users) => users?.slice(1), method: 'list' } });
useMutation(Users, 'rename', { optimistic: (users: User[] | undefined, id) => users?.filter((user) => user.id !== id) });
defineNetronService<IUsers>({
  name: 'users',
  mutations: { rename: { optimistic: { method: 'list', update: (users, id) => users?.filter((user) => user.id !== id) } } },
});
class Store extends NetronStore<IUsers> {
  go() {
    return this.mutate('rename', ['1', 'Ada'], { optimistic: { method: 'list', update: (users) => users?.slice(1) } });
  }
}
void navigate(detail, { params: { id: '1' }, replace: true });
redirect(detail, { params: { id: '1' }, search: {} });
Show({ when: signal(1), children: (value) => value().toFixed() });
Match({ when: computed(() => 'a'), children: (value) => value().length });
Dynamic({ component: (props) => props.name.length, name: 'a' });
For({ each: signal(['a']), by: (item) => item.length, children: (item, index) => item.length + index() });
Index({ each: resource(async () => [1]), children: (item) => item().toFixed() });
`;

const program = `import { computed, Dynamic, For, Index, Match, resource, Show, signal } from '@omnitron-dev/aether';
import {
  defineNetronService, NetronService, NetronStore, useDuplex, useInfiniteQuery, useMutation, usePrefetch, useQueries, useQuery, useStream,
} from '@omnitron-dev/aether/netron';
import { navigate, redirect, type Route, type Router } from '@omnitron-dev/aether/router';
import type { HttpRemotePeer } from '@omnitron-dev/netron-browser';
interface User { readonly id: string; readonly name: string }
interface IUsers {
  getUser(id: string): Promise<User>;
  list(): Promise<User[]>;
  rename(id: string, name: string): Promise<User>;
  feed(): AsyncIterable<User>;
  join(said: AsyncIterable<string>): AsyncIterable<string>;
}
class Users extends NetronService<IUsers> {}
const DefinedUsers = defineNetronService<IUsers>({ name: 'users' });
declare const peer: HttpRemotePeer;
declare const router: Router;
declare const detail: Route<{ readonly id: string }, unknown, number, undefined>;
export const uses = () => {
${accepted}
${refused.map(([use]) => use).join('\n')}
};
`;

const config = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    composite: false,
    incremental: false,
    noEmit: true,
    declaration: false,
    declarationMap: false,
    noUnusedLocals: false,
    skipLibCheck: true,
    types: ['node'],
    lib: ['ES2023', 'ESNext.Disposable', 'ESNext.Decorators', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
  },
  files: ['uses.ts'],
  references: ['aether', 'netron', 'netron-browser', 'nexus'].map((name) => ({ path: `../../packages/${name}` })),
};

// Compilers take their time where others are at work.
const patience = 900_000;

beforeAll(async () => {
  await run(nativeCompiler, ['-b', path('../../packages/aether')]);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(path('package.json'), '{ "type": "module" }');
  await writeFile(path('uses.ts'), program);
  await writeFile(path('tsconfig.json'), JSON.stringify(config));
}, patience);

const firstLine = program.split('\n').indexOf(refused[0]?.[0] as string);

/** The uses with the texts of the errors at their lines. Names in the order of the alphabet: compilers list them in different orders. */
function byUse(errors: readonly { readonly line: number; readonly text: string }[]): unknown[] {
  return errors.map(({ line, text }) => [
    refused[line - firstLine]?.[0] ?? `line ${line}`,
    text
      .split('\n')
      .at(-1)
      ?.trim()
      .replace(/"\w+"(?: \| "\w+")+/g, (names) => names.split(' | ').sort().join(' | ')),
  ]);
}

it(
  'TypeScript 7 infers what is right, and names it where something else is said',
  async () => {
    const failed = await run(nativeCompiler, ['-p', path('tsconfig.json'), '--pretty', 'false']).catch((error: unknown) => error);
    const { stdout } = failed as { stdout: string };
    const errors = [...stdout.matchAll(/\((\d+),\d+\): error TS\d+: (.*)/g)];
    expect(byUse(errors.map(([, line, text]) => ({ line: Number(line) - 1, text: text as string })))).toEqual(refused);
  },
  patience,
);

it(
  'TypeScript 6: the same',
  () => {
    const compiled = scriptProgram(path('tsconfig.json'));
    const own = compiled.getSourceFile(compiled.getRootFileNames()[0] as string) as ts.SourceFile;
    const errors = compiled.getSemanticDiagnostics(own).map(({ start, messageText }) => ({
      line: own.getLineAndCharacterOfPosition(start as number).line,
      text: ts.flattenDiagnosticMessageText(messageText, '\n'),
    }));
    expect(byUse(errors)).toEqual(refused);
  },
  patience,
);
