import { expectTypeOf, it } from 'vitest';
import { Emitter } from './emitter.js';

it('ties names to data', () => {
  const emitter = new Emitter<{ connected: undefined; closed: { reason: string }; gone: string }>(() => {});
  emitter.on('closed', (data) => expectTypeOf(data).toEqualTypeOf<{ reason: string }>());
  emitter.on('*', (event, data) => {
    expectTypeOf(event).toEqualTypeOf<'connected' | 'closed' | 'gone'>();
    expectTypeOf(data).toEqualTypeOf<undefined | string | { reason: string }>();
  });
  emitter.emit('connected');
  emitter.emit('gone', 'text');
  // @ts-expect-error data of another type
  emitter.emit('gone', 5);
  // @ts-expect-error data is required
  emitter.emit('closed');
  // @ts-expect-error no such event
  emitter.on('nosuch', () => {});
});
