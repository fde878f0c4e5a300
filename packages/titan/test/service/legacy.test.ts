import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { defineTitanService, inject, Logger, Public, Stream, TitanService, Validate } from '../../src/index.js';
import { peerOf, refusal, running, testService, users } from './contract.js';

@TitanService(users)
class Users {
  readonly logger = inject(Logger);
  @Public()
  async createUser({ email, age }: { email: string; age: number }) {
    return { id: '1', email, age };
  }
  @Public()
  getUser(_id: string) {
    return null;
  }
  @Public()
  rename(from: string, to: string) {
    return `${from} to ${to}`;
  }
  @Public()
  @Stream()
  async *list(count: number) {
    for (let n = 1; n <= count; n++) yield { n: n < 4 ? n : ('four' as never as number) };
  }
  @Public()
  broken(): { total: number } {
    return { total: 'many' as never };
  }
}
testService('legacy dialect', () => Users);

testService('no decorators', () =>
  defineTitanService({
    ...users,
    methods: {
      createUser: ({ email, age }) => ({ id: '1', email, age }),
      getUser: async () => null,
      rename: (from, to) => `${from} to ${to}`,
      async *list(count) {
        for (let n = 1; n <= count; n++) yield { n: n < 4 ? n : ('four' as never as number) };
      },
      broken: () => ({ total: 'many' as never as number }),
    },
  }),
);

describe('SV-14, SV-31: @Validate', () => {
  @TitanService({ name: 'single' })
  class Single {
    @Public()
    @Validate({ input: z.object({ email: z.email() }), output: z.object({ id: z.string() }) })
    async createUser(input: { email: string }) {
      return { id: input.email === 'wrong@example.org' ? (5 as never as string) : 'x' };
    }
    @Validate({ input: [z.number(), z.number()] })
    @Public()
    add(a: number, b: number) {
      return a + b;
    }
  }
  it('checks arguments and results of one method', async () => {
    const single = await (await peerOf(await running(Single))).queryInterface<Single>('single@1.0.0');
    expect(await single.createUser({ email: 'ada@example.org' })).toEqual({ id: 'x' });
    expect((await refusal(single.createUser({ email: 'no' }))).code).toBe('invalid_argument');
    expect((await refusal(single.createUser({ email: 'wrong@example.org' }))).code).toBe('internal');
    expect(await single.add(2, 3)).toBe(5);
    expect((await refusal(single.add(2, 'x' as never))).code).toBe('invalid_argument');
  });
});
