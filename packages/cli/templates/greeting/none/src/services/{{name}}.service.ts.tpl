import { defineTitanService } from '@omnitron-dev/titan';
import { {{camel}} } from './{{name}}.contract.js';

export const {{camel}}Service = defineTitanService({
  ...{{camel}},
  methods: {
    greet: (name) => `Hello, ${name}!`,
    async *count(to) {
      for (let number = 1; number <= to; number++) yield number;
    },
  },
});
