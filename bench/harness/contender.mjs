/**
 * What a contender is. A file in `contenders/` exports one as `default`, or an array of them; that is all it takes to join.
 *
 * @typedef {{ id: number, symbol: string, price: number, at: number }} Item a small object, as streamed and published
 *
 * @typedef {'add' | 'addWithContext' | 'echo' | 'bytes' | 'download' | 'upload' | 'items' | 'events'} Feature
 *
 * @typedef {object} Client one connection to the contender's server. Only what `supports` names has to exist.
 * @property {(a: number, b: number) => Promise<number>} [add]
 * @property {(a: number, b: number) => Promise<number>} [addWithContext] with deadline, trace header and one middleware on each side
 * @property {(record: object) => Promise<object>} [echo] the record travels as an object: encoded and decoded on both sides
 * @property {(bytes: Uint8Array) => Promise<Uint8Array>} [bytes]
 * @property {(size: number, onChunk: (size: number) => Promise<void> | undefined) => Promise<void>} [download]
 *   `size` bytes out of the server's `source()`; a promise from `onChunk` means: not ready for more until it resolves
 * @property {(size: number) => Promise<number>} [upload] `size` bytes of `source()`; resolves to what the server has counted
 * @property {(count: number, onItem: (item: Item) => void) => Promise<void>} [items] `item(0)` … `item(count - 1)` made by the server
 * @property {(onEvent: (event: Item) => void) => Promise<void>} [subscribe] resolves when events published from now on will arrive
 * @property {() => Promise<void> | void} close
 *
 * @typedef {object} Served
 * @property {string} address whatever `connect` wants
 * @property {(event: Item) => void} [publish] to every subscriber, one way
 * @property {number[]} [pids] further processes that do the server's work (a broker): their CPU time and memory are counted
 * @property {() => Promise<void> | void} close
 *
 * @typedef {object} Contender
 * @property {string} id
 * @property {'floor' | 'peer' | 'netron'} kind
 * @property {string} transport `ws`, `tcp`, …: the floor of the same transport is what it is compared with
 * @property {string} encoding how records travel, and anything else that a reader of the table has to know
 * @property {Feature[]} supports
 * @property {string[]} imports what a program with client and server imports
 * @property {string[]} packages what its author installs
 * @property {boolean} [inProcess] server and client share a process
 * @property {boolean} [heavyClient] a client is a node of its own, not a connection: left out where there are many
 * @property {(name?: string) => Promise<Served>} serve `name` tells several servers of one client apart
 * @property {(address: string) => Promise<Client>} connect
 * @property {(addresses: string[]) => Promise<Client>} [balance] one client whose calls of `add` go to several servers
 */

import { readdir } from 'node:fs/promises';

const folder = new URL('../contenders/', import.meta.url);

/**
 * Loads the contenders of one file.
 *
 * @param {string} file name inside `contenders/`
 * @returns {Promise<Contender[]>}
 */
export async function loadFile(file) {
  const { default: found } = await import(new URL(file, folder).href);
  return Array.isArray(found) ? found : [found];
}

/** @returns {Promise<string[]>} the files of `contenders/` */
export async function contenderFiles() {
  return (await readdir(folder)).filter((name) => name.endsWith('.mjs')).sort();
}
