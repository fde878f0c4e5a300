/** `node server.mjs VARIANT`: serves `add` over TCP under the rules of one variant; sends its address to its parent. */
import '../harness/application.mjs';
import { z } from 'zod';
import { freePort } from '../harness/free-port.mjs';
import { cpuMs } from './rounds.mjs';

const variant = process.argv[2] ?? 'bare';
const Input = z.object({ a: z.number(), b: z.number() });
const Output = z.number();
const limit = { limit: 4_000_000_000, window: 60_000 };
const user = { userId: 'ada', roles: ['adder'] };

async function titan() {
  const { createApp, defineTitanService } = await import('@omnitron-dev/titan');
  const has = (/** @type {string} */ rule) => variant === rule || variant === 'all';
  const service = defineTitanService({
    name: 'calculator',
    contract: { add: has('validation') ? { input: Input, output: Output } : {} },
    options: {
      add: {
        ...(has('rights') && { auth: { roles: ['adder'] } }),
        ...(has('limit') && { rateLimit: limit }),
        ...(variant === 'cache' && { cache: { ttl: 3_600 } }),
      },
    },
    methods: { add: (/** @type {any} */ { a, b }) => a + b },
  });
  const app = createApp({
    logger: { level: 'silent' },
    config: { netron: { transports: { tcp: { port: 0 } }, healthPort: false } },
    security: { authentication: { authenticate: async () => user } },
  });
  await app.service(service).start();
  return app.netron?.addresses[0];
}

async function bare() {
  const { defineService, Netron } = await import('@omnitron-dev/netron');
  const node = await Netron.create({ transports: { tcp: { port: 0 } }, logLevel: 'silent' });
  await node.peer.exposeService(defineService({ name: 'calculator@1.0.0', methods: { add: ({ a, b }) => a + b } }));
  return node.addresses[0];
}

/** Counts calls in parts of the window, as simple limiters do, and asks for the role. */
function guard() {
  const counts = new Map();
  return (/** @type {{ roles: string[] }} */ { roles }) => {
    const part = Math.floor(Date.now() / 1_250);
    const count = (counts.get(part) ?? 0) + 1;
    counts.set(part, count);
    if (counts.size > 48) counts.delete(counts.keys().next().value);
    return roles.includes('adder') && count < limit.limit;
  };
}

/** The same with a guard, a pipe of the same schema and a limit of the same kind. */
async function nestjs() {
  await import('reflect-metadata');
  const { Controller, Module, UseGuards, UsePipes } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const { MessagePattern, RpcException, Transport } = await import('@nestjs/microservices');
  const admits = guard();
  class Guard {
    canActivate() {
      return admits(user);
    }
  }
  class Pipe {
    transform(/** @type {unknown} */ value) {
      const result = Input.safeParse(value);
      if (!result.success) throw new RpcException('invalid');
      return result.data;
    }
  }
  class Calculator {
    add(/** @type {{ a: number, b: number }} */ { a, b }) {
      return Output.parse(a + b);
    }
  }
  const descriptor = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(Calculator.prototype, 'add'));
  for (const decorate of [MessagePattern('add'), UseGuards(Guard), UsePipes(Pipe)])
    decorate(Calculator.prototype, 'add', descriptor);
  Controller()(Calculator);
  class Root {}
  Module({ controllers: [Calculator] })(Root);
  const port = await freePort();
  const app = await NestFactory.createMicroservice(Root, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
    logger: false,
  });
  await app.listen();
  return String(port);
}

/** The same with a hook in front of the action. */
async function moleculer() {
  const { Errors, ServiceBroker } = await import('moleculer');
  const port = await freePort();
  const broker = new ServiceBroker({
    namespace: 'bench',
    nodeID: 'server',
    logger: false,
    validator: false,
    transporter: { type: 'TCP', options: { udpDiscovery: false, port } },
  });
  const admits = guard();
  broker.createService({
    name: 'calculator',
    hooks: {
      before: {
        add(/** @type {any} */ context) {
          if (!admits(context.meta.user)) throw new Errors.MoleculerClientError('refused', 403);
          const result = Input.safeParse(context.params);
          if (!result.success) throw new Errors.ValidationError('invalid');
          context.params = result.data;
        },
      },
    },
    actions: { add: (/** @type {any} */ { params }) => Output.parse(params.a + params.b) },
  });
  await broker.start();
  return String(port);
}

/** @type {Record<string, () => Promise<string | undefined>>} */
const others = { bare, nestjs, moleculer };
process.on('message', () => process.send?.(cpuMs()));
process.once('disconnect', () => process.exit(0));
process.send?.(await (others[variant] ?? titan)());
