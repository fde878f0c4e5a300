import { expect, it } from 'vitest';
import { route } from './route.js';
import { RouteTable } from './route-table.js';

const pathsOf = (table: RouteTable, pathname: string) =>
  table.match(new URL(pathname, 'http://localhost'))?.chain.map(({ path }) => path);

it('finds the most specific route of an address, below the routes that it is part of', () => {
  const table = new RouteTable([
    route('/users', { children: [route('/users/[id]', {}), route('/users/new', {})] }),
    route('/[...rest]', {}),
  ]);
  expect(pathsOf(table, '/users/new')).toEqual(['/users', '/users/new']);
  expect(pathsOf(table, '/users/7')).toEqual(['/users', '/users/[id]']);
  expect(table.match(new URL('http://localhost/users/7'))?.params).toEqual({ id: '7' });
  expect(pathsOf(table, '/elsewhere/far')).toEqual(['/[...rest]']);
  // A route with children is shown with one of them only.
  expect(pathsOf(new RouteTable([route('/users', { children: [route('/users/new', {})] })]), '/users')).toBeUndefined();
});
