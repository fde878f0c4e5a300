import { randomUUID } from 'node:crypto';
import { defineTitanService } from '@omnitron-dev/titan';
import { {{camel}} } from './{{name}}.contract.js';

/** Keeps items in memory. Replace this with a database. */
const names = new Map<string, string>();

export const {{camel}}Service = defineTitanService({
  ...{{camel}},
  methods: {
    add: ({ name }) => {
      const id = randomUUID();
      names.set(id, name);
      return { id, name };
    },
    get: (id) => {
      const name = names.get(id);
      return name === undefined ? null : { id, name };
    },
  },
});
