/** Records a conversation over each transport: a client and a server with a relay between them that writes down what passes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Conversation } from '../conversation.js';
import { goldenClient, goldenServer, talk } from '../talk.js';
import { type WireName, wires } from '../wires.js';

const [folder = '.', ...only] = process.argv.slice(2);

// What is random in a conversation: the secret of the session.
crypto.getRandomValues = ((bytes: Uint8Array) => bytes.fill(7)) as typeof crypto.getRandomValues;

async function record(name: WireName): Promise<Conversation> {
  const frames: ['>' | '<', Conversation['frames'][number][1]][] = [];
  const ends = wires[name].server();
  const { node: server, asked } = await goldenServer(ends.options);
  const far = await ends.connect(server.addresses[0] ?? '');
  const gate = await wires[name].client();
  const client = await goldenClient(gate.options);
  const connecting = client.connect(gate.target as string);
  const near = await gate.wire;
  near.hear((frame) => {
    frames.push(['>', frame]);
    far.send(frame);
  });
  far.hear((frame) => {
    frames.push(['<', frame]);
    near.send(frame);
  });
  const peer = await connecting;
  const outcome = await talk(peer, rest);
  await peer.disconnect();
  await rest();
  await Promise.all([client.stop(), server.stop()]);
  for (const end of [near, far, gate, ends]) end.close();
  return { frames, outcome, asked };
}

// So that nothing overtakes: recordings made twice are equal.
async function rest(): Promise<void> {
  await wait(30);
}

const line = (value: unknown): string => `    ${JSON.stringify(value)}`;
const list = (values: readonly unknown[]): string => `[\n${values.map(line).join(',\n')}\n  ]`;

mkdirSync(folder, { recursive: true });
for (const name of Object.keys(wires) as WireName[]) {
  if (only.length > 0 && !only.includes(name)) continue;
  const { frames, outcome, asked } = await record(name);
  const text = `{\n  "frames": ${list(frames)},\n  "outcome": ${list(outcome)},\n  "asked": ${list(asked)}\n}\n`;
  writeFileSync(join(folder, `conversation-${name}.json`), text);
  console.log(`${name}: ${frames.length} frames`);
}
process.exit();
