import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApp } from '@omnitron-dev/titan';
import { {{camel}} } from './{{name}}.contract.js';
import { {{camel}}Service } from './{{name}}.service.js';

const options = {
  signals: false,
  logger: { level: 'silent' },
  config: { netron: { port: 0, healthPort: false } },
} as const;

test('{{name}} keeps its contract', async () => {
  await using app = await createApp(options).service({{camel}}Service).start();
  const client = app.connectToService({{camel}});
  assert.equal(await client.greet('Ada'), 'Hello, Ada!');
  await assert.rejects(client.greet(''), { code: 'invalid_argument' });
  const numbers: number[] = [];
  for await (const number of client.count(3)) numbers.push(number);
  assert.deepEqual(numbers, [1, 2, 3]);
});
