import { expect, it } from 'vitest';
import { route } from './route.js';
import { routeTable } from './route-table.js';

const pathsOf = (table: ReturnType<typeof routeTable>, pathname: string) =>
  table(new URL(pathname, 'http://localhost'))?.chain.map(({ path }) => path);

it('finds the most specific route of an address, below the routes that it is part of', () => {
  const table = routeTable([
    route('/users', { children: [route('/users/[id]', {}), route('/users/new', {})] }),
    route('/[...rest]', {}),
  ]);
  expect(pathsOf(table, '/users/new')).toEqual(['/users', '/users/new']);
  expect(pathsOf(table, '/users/7')).toEqual(['/users', '/users/[id]']);
  expect(table(new URL('http://localhost/users/7'))?.params).toEqual({ id: '7' });
  expect(pathsOf(table, '/elsewhere/far')).toEqual(['/[...rest]']);
  // A route with children is shown with one of them only.
  expect(pathsOf(routeTable([route('/users', { children: [route('/users/new', {})] })]), '/users')).toBeUndefined();
});
