import { defineService, NetronError, withAnnotations } from '@omnitron-dev/netron';
import { Cache, Invalidates } from '@omnitron-dev/netron/http';
import type { Note } from '../src/contract.ts';

/** Creates the service, with a list of its own. */
export function makeNotes() {
  const notes: Note[] = [{ id: 1, text: 'Hello' }];
  return defineService({
    name: 'notes@1.0.0',
    methods: {
      list: withAnnotations(() => notes, Cache({ ttl: 60, tags: ['notes'] })),
      add: withAnnotations(
        (text: string): Note => {
          if (text.trim() === '') throw new NetronError('invalid_argument', 'expected a text');
          const note = { id: notes.length + 1, text: text.trim() };
          notes.push(note);
          return note;
        },
        // Every page that shows the list fetches it again.
        Invalidates(['notes']),
      ),
    },
  });
}
