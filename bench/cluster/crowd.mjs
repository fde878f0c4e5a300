/**
 * Many announced nodes in a process of their own, on few connections: each runs the script of `redisDiscovery` as a node does, once per
 * interval. Unlike nodes they share what they have seen: none is told again what another one was, or keeps the records of the others.
 * Arguments: URL of the server, number of nodes.
 */
import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { beatArguments, namesOf, readAnswer } from '../../packages/netron-redis/dist/beat.js';
import * as scripts from '../../packages/netron-redis/dist/scripts.js';
import { describe, interval, ttl } from './described.mjs';

const names = namesOf('{netron:default}');
const connections = 8;

/** State of the store as the crowd has seen it. */
let seen = { epoch: '', revision: 0, lastId: '' };

class Crowd {
  /** @type {Announced[]} */
  nodes = [];
  /** @type {Redis[]} */
  #connections;
  /** @type {NodeJS.Timeout[]} */
  #timers = [];

  /** @param {string} url @param {number} size */
  constructor(url, size) {
    this.#connections = Array.from({ length: connections }, () => {
      const redis = new Redis(url);
      redis.defineCommand('beat', { lua: scripts.beat });
      return redis;
    });
    for (let number = 0; number < size; number += 1)
      this.nodes.push(new Announced(number, /** @type {Redis} */ (this.#connections[number % connections])));
  }

  /** Announces all, and again once per interval, spread over it. */
  async start() {
    for (let from = 0; from < this.nodes.length; from += 50)
      await Promise.all(this.nodes.slice(from, from + 50).map((node) => node.beat()));
    for (const node of this.nodes) {
      const again = () => {
        void node.beat().catch(() => {});
        this.#timers.push(setTimeout(again, interval));
      };
      this.#timers.push(setTimeout(again, interval * Math.random()));
    }
  }

  stop() {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const redis of this.#connections) redis.disconnect();
  }
}

class Announced {
  #redis;
  #number;
  #record = '';
  #digest = '';
  #sent = '';
  #first = true;

  /** @param {number} number @param {Redis} redis */
  constructor(number, redis) {
    this.#number = number;
    this.#redis = redis;
    this.weigh(1);
  }

  /** Changes its record. @param {number} weight */
  weigh(weight) {
    this.#record = JSON.stringify(describe(this.#number, weight));
    this.#digest = createHash('sha1').update(this.#record).digest('base64url').slice(0, 12);
  }

  async beat() {
    const digest = this.#digest;
    let answer = await this.#run(digest, digest === this.#sent ? '' : this.#record);
    if (answer.wanted) answer = await this.#run(digest, this.#record);
    this.#first = false;
    this.#sent = digest;
    const { epoch, revision, lastId } = answer;
    seen = { epoch, revision, lastId };
  }

  /** @param {string} digest @param {string} record */
  async #run(digest, record) {
    const { id, instance } = describe(this.#number);
    const node = { id, instance, digest, record, ttl, first: this.#first, after: String(seen.revision) };
    const keys = [...names.keys, names.records + id];
    const args = beatArguments(node, seen, names);
    return readAnswer(await /** @type {any} */ (this.#redis).beat(String(keys.length), ...keys, ...args));
  }
}

const [url = '', size] = process.argv.slice(2);
const crowd = new Crowd(url, Number(size));
process.on('message', (/** @type {{ node: number, weight: number }} */ { node, weight }) => {
  crowd.nodes[node]?.weigh(weight);
  void crowd.nodes[node]?.beat();
});
process.once('disconnect', () => crowd.stop());
await crowd.start();
process.send?.('started');
