/** A NestJS microservice over its TCP transport. */
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices';
import { firstValueFrom, from, Subject, startWith } from 'rxjs';
import { items } from '../harness/data.mjs';
import { freePort } from '../harness/free-port.mjs';

const events = new Subject();

class BenchController {
  add({ a, b }) {
    return a + b;
  }
  echo(record) {
    return record;
  }
  bytes({ bytes }) {
    return { bytes: Buffer.from(bytes, 'base64').toString('base64') };
  }
  items({ count }) {
    return from(items(count));
  }
  subscribe() {
    return events.pipe(startWith(null));
  }
}
for (const name of ['add', 'echo', 'bytes', 'items', 'subscribe']) {
  MessagePattern(name)(BenchController.prototype, name, Object.getOwnPropertyDescriptor(BenchController.prototype, name));
}
Controller()(BenchController);

class BenchModule {}
Module({ controllers: [BenchController] })(BenchModule);

/** @type {import('../harness/contender.mjs').Contender} */
export default {
  id: 'nestjs',
  kind: 'peer',
  transport: 'tcp',
  encoding: 'JSON, bytes as base64; streams and events are observables, without flow control',
  supports: ['add', 'echo', 'bytes', 'items', 'events'],
  imports: ['reflect-metadata', '@nestjs/common', '@nestjs/core', '@nestjs/microservices'],
  packages: ['@nestjs/common', '@nestjs/core', '@nestjs/microservices', 'reflect-metadata', 'rxjs'],
  async serve() {
    const port = await freePort();
    const app = await NestFactory.createMicroservice(BenchModule, {
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port },
      logger: false,
    });
    await app.listen();
    return { address: String(port), publish: (event) => events.next(event), close: () => app.close() };
  },
  async connect(address) {
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port: Number(address) } });
    await client.connect();
    return {
      add: (a, b) => firstValueFrom(client.send('add', { a, b })),
      echo: (record) => firstValueFrom(client.send('echo', record)),
      bytes: async (bytes) => {
        const back = await firstValueFrom(client.send('bytes', { bytes: Buffer.from(bytes).toString('base64') }));
        return Buffer.from(back.bytes, 'base64');
      },
      items: (count, onItem) =>
        new Promise((resolve, reject) => {
          client.send('items', { count }).subscribe({ next: onItem, complete: () => resolve(undefined), error: reject });
        }),
      subscribe: (onEvent) =>
        new Promise((resolve) => {
          const next = (/** @type {any} */ event) => (event === null ? resolve(undefined) : onEvent(event));
          client.send('subscribe', {}).subscribe({ next, error: () => {} }); // It ends with the connection.
        }),
      close: () => client.close(),
    };
  },
};
