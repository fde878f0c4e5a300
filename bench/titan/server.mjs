/** `node server.mjs VARIANT`: serves `add` over TCP under the rules of one variant; sends its address to its parent. */
import { z } from 'zod';

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

/** The same with a guard, a pipe of the same schema and a limit of the same kind. */
async function nestjs() {
  await import('reflect-metadata');
  const { Controller, Module, UseGuards, UsePipes } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const { MessagePattern, RpcException, Transport } = await import('@nestjs/microservices');
  const counts = new Map();
  class Guard {
    canActivate() {
      const part = Math.floor(Date.now() / 1_250);
      const count = (counts.get(part) ?? 0) + 1;
      counts.set(part, count);
      if (counts.size > 48) counts.delete(counts.keys().next().value);
      return user.roles.includes('adder') && count < limit.limit;
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
  const { createServer } = await import('node:net');
  const free = createServer();
  await new Promise((resolve) => free.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (free.address());
  await new Promise((resolve) => free.close(resolve));
  const app = await NestFactory.createMicroservice(Root, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
    logger: false,
  });
  await app.listen();
  return String(port);
}

const serve = variant === 'nestjs' ? nestjs : variant === 'bare' ? bare : titan;
process.send?.(await serve());
process.once('disconnect', () => process.exit(0));
