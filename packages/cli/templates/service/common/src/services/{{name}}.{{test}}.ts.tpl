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
  const added = await client.add({ name: 'first' });
  assert.deepEqual(await client.get(added.id), added);
  assert.equal(await client.get('none'), null);
  await assert.rejects(client.add({ name: '' }), { code: 'invalid_argument' });
});
