/** F10: what versions before this one said over each transport is understood, from both ends. */
import { describe, expect, it } from 'vitest';
import { type Conversation, Listener, loadConversation, saidBy } from '../vectors/conversation.js';
import { goldenClient, goldenServer, talk } from '../vectors/talk.js';
import { type Wire, type WireName, wires } from '../vectors/wires.js';
import { until } from './nodes.js';

/**
 * Plays one end of a recording: says each frame when it has heard as much of the other end as had been said by then.
 *
 * @returns what it has heard
 */
async function play(name: WireName, from: '>' | '<', { frames }: Conversation, wire: Wire): Promise<Map<string, unknown[]>> {
  const recorded = new Listener(name);
  const heard = new Listener(name);
  wire.hear((frame) => heard.hear(frame));
  for (const [direction, frame] of frames) {
    if (direction !== from) {
      recorded.hear(frame);
      continue;
    }
    await until(() => heard.count >= recorded.count);
    // Sockets are closed by the real end as well; what is left to say is not heard then.
    wire.send(frame);
  }
  await until(() => heard.count >= recorded.count);
  return heard.said;
}

const names = Object.keys(wires) as WireName[];

describe.each(names)('F10: a recorded conversation over %s', (name) => {
  const conversation = loadConversation(name);

  it('contains every packet that a program can cause', () => {
    const said = JSON.stringify([...saidBy('>', conversation, name), ...saidBy('<', conversation, name)]);
    const kinds = ['call', 'pipe', 'result', 'error', 'cancel', 'drop', 'item', 'end', 'fail', 'stop', 'event', 'goodbye'];
    for (const kind of kinds) expect(said).toContain(`["${kind}"`);
    for (const place of ['hello', 'bytes 4']) expect(said).toContain(`["${place}"`);
  });

  it('a client of that version gets the same answers of a server of this version', async () => {
    const ends = wires[name].server();
    const { node, asked } = await goldenServer(ends.options);
    try {
      const wire = await ends.connect(node.addresses[0] ?? '');
      const heard = await play(name, '>', conversation, wire);
      expect(Object.fromEntries(heard)).toEqual(Object.fromEntries(saidBy('<', conversation, name)));
      expect(asked).toEqual(conversation.asked);
      await until(() => node.peers.size === 0);
      wire.close();
    } finally {
      await node.stop();
      ends.close();
    }
  });

  it('a client of this version gets the same results of a server of that version', async () => {
    const gate = await wires[name].client();
    const client = await goldenClient(gate.options);
    try {
      const connecting = client.connect(gate.target as string);
      const wire = await gate.wire;
      const playing = play(name, '<', conversation, wire);
      const peer = await connecting;
      expect(peer.id).toBe('golden-server');
      expect(await talk(peer)).toEqual(conversation.outcome);
      await peer.disconnect();
      const heard = Object.fromEntries(await playing);
      const then = Object.fromEntries(saidBy('>', conversation, name));
      // The secret of the session is new each time.
      for (const said of [heard, then]) (said.hello as unknown[][])[0]?.splice(3, 1);
      expect(heard).toEqual(then);
      wire.close();
    } finally {
      await client.stop();
      gate.close();
    }
  });
});
