/** NATS: request and reply by way of a real nats-server. */
import { spawn } from 'node:child_process';
import { connect, createInbox, JSONCodec } from 'nats';
import { endWithUs } from '../../tools/lib/end-with-us.mjs';
import { item, source } from '../harness/data.mjs';
import { withSystemPath } from '../harness/environment.mjs';
import { inTurn } from '../harness/in-turn.mjs';
import { Window } from '../harness/window.mjs';

const json = JSONCodec();
/** Every how many chunks or items the receiver acknowledges; two of these may be on their way. */
const chunksPerAck = 16;
const itemsPerAck = 2048;

/** @type {import('../harness/contender.mjs').Contender} */
export default {
  id: 'nats',
  kind: 'peer',
  transport: 'broker',
  encoding: 'JSON, bytes as they are; streams are messages with acknowledgements; CPU is that of the responder and of the broker',
  supports: ['add', 'echo', 'bytes', 'download', 'upload', 'items', 'events'],
  imports: ['nats'],
  packages: ['nats'],
  async serve() {
    const { broker, port } = await startBroker();
    const connection = await connect({ servers: `127.0.0.1:${port}` });
    const answer = (subject, handle) => connection.subscribe(subject, { callback: (_error, message) => handle(message) });
    answer('add', (message) => {
      const { a, b } = json.decode(message.data);
      message.respond(json.encode(a + b));
    });
    answer('echo', (message) => message.respond(json.encode(json.decode(message.data))));
    answer('bytes', (message) => message.respond(message.data));
    answer('download', (message) => void publishAll(connection, message.reply, source(json.decode(message.data)), chunksPerAck));
    answer('items', (message) => void publishAll(connection, message.reply, items(json.decode(message.data)), itemsPerAck));
    answer('upload', (message) => {
      let left = json.decode(message.data);
      const size = left;
      const inbox = createInbox();
      const uploads = connection.subscribe(inbox, {
        callback: (_error, chunk) => {
          left -= chunk.data.length;
          if (chunk.reply) chunk.respond();
          if (left > 0) return;
          uploads.unsubscribe();
          connection.publish(`${message.reply}.done`, json.encode(size));
        },
      });
      message.respond(json.encode(inbox));
    });
    await connection.flush();
    return {
      address: `127.0.0.1:${port}`,
      pids: [broker.pid],
      publish: (event) => connection.publish('events', json.encode(event)),
      close: async () => {
        await connection.close();
        broker.kill();
      },
    };
  },
  async connect(address) {
    const connection = await connect({ servers: address, noAsyncTraces: true });
    const ask = async (subject, value) =>
      json.decode((await connection.request(subject, json.encode(value), { timeout: 30_000 })).data);
    const receive = (subject, amount, onMessage) =>
      new Promise((resolve) => {
        const inbox = createInbox();
        let left = amount;
        const subscription = connection.subscribe(inbox, {
          callback: (_error, message) => {
            left -= onMessage(message);
            if (left > 0) return;
            subscription.unsubscribe();
            resolve(undefined);
          },
        });
        connection.publish(subject, json.encode(amount), { reply: inbox });
      });
    return {
      add: (a, b) => ask('add', { a, b }),
      echo: (record) => ask('echo', record),
      bytes: async (bytes) => (await connection.request('bytes', bytes, { timeout: 30_000 })).data,
      download: (size, onChunk) => {
        const hand = inTurn(onChunk);
        return receive('download', size, (message) => {
          hand(message.data.length, message.reply ? () => message.respond() : undefined);
          return message.data.length;
        });
      },
      upload: async (size) => {
        const reply = createInbox();
        const done = new Promise((resolve) => {
          connection.subscribe(`${reply}.done`, { max: 1, callback: (_error, message) => resolve(json.decode(message.data)) });
        });
        const inbox = await new Promise((resolve) => {
          connection.subscribe(reply, { max: 1, callback: (_error, message) => resolve(json.decode(message.data)) });
          connection.publish('upload', json.encode(size), { reply });
        });
        await publishAll(connection, inbox, source(size), chunksPerAck);
        return done;
      },
      items: async (count, onItem) => {
        await receive('items', count, (message) => {
          onItem(json.decode(message.data));
          if (message.reply) message.respond();
          return 1;
        });
      },
      subscribe: async (onEvent) => {
        connection.subscribe('events', { callback: (_error, message) => onEvent(json.decode(message.data)) });
        await connection.flush();
      },
      close: () => connection.close(),
    };
  },
};

async function startBroker() {
  const broker = spawn('nats-server', ['-a', '127.0.0.1', '-p', '-1'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: withSystemPath,
  });
  endWithUs(broker);
  const port = await new Promise((resolve, reject) => {
    let log = '';
    broker.once('error', () => reject(new Error('nats-server is not installed')));
    broker.once('exit', (code) => reject(new Error(`nats-server ended with ${code}: ${log}`)));
    broker.stderr.on('data', (text) => {
      log += text;
      const found = /Listening for client connections on [^\n]*:(\d+)/.exec(log);
      if (found && log.includes('Server is ready')) resolve(Number(found[1]));
    });
  });
  return { broker, port };
}

function* items(count) {
  for (let id = 0; id < count; id++) yield json.encode(item(id));
}

async function publishAll(connection, subject, values, perAck) {
  const window = new Window(2 * perAck);
  const acks = createInbox();
  const subscription = connection.subscribe(acks, { callback: () => window.release(perAck) });
  let next = 0;
  for (const value of values) {
    for (let full = window.full(); full; full = window.full()) await full;
    window.left--;
    if (++next % perAck === 0) connection.publish(subject, value, { reply: acks });
    else connection.publish(subject, value);
  }
  await connection.flush();
  subscription.unsubscribe();
}
