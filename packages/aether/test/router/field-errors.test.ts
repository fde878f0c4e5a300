import { expect, it } from 'vitest';
import { fieldErrors } from '../../src/router.js';

it('names fields of the argument of a form, with all messages of a field', () => {
  const refusal = (...paths: string[]) => ({ details: { issues: paths.map((path) => ({ path, message: `of ${path}` })) } });
  expect(fieldErrors(refusal('input.name', 'input.name', 'input.tags.1'))).toEqual({
    name: ['of input.name', 'of input.name'],
    'tags.1': ['of input.tags.1'],
  });
  expect(fieldErrors(refusal('input.0', 'input.1.title'), 'input.1')).toEqual({
    'input.0': ['of input.0'],
    title: ['of input.1.title'],
  });
});

it('reads issues of schema libraries, and nothing from other errors', () => {
  expect(fieldErrors({ issues: [{ path: ['input', { key: 'x' }], message: 'wrong' }] })).toEqual({ 'input.x': ['wrong'] });
  expect(fieldErrors({ issues: [{ message: 'all wrong' }] })).toEqual({ '': ['all wrong'] });
  for (const error of [undefined, null, new Error('no'), { details: { issues: 'x' } }]) expect(fieldErrors(error)).toEqual({});
});
