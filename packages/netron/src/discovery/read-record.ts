/** Reading of node records, which are untrusted: anyone who can write to a registry may have made them. All of them are read here. */
import { isServiceName, isVersion } from '../service/declare/service-name.js';
import { type NodeInfo, schemeOf } from './node-info.js';

/** Limits of records and registries. */
export const recordLimits = {
  /** Maximum number of nodes in one registry; more are refused. */
  nodes: 10_000,
  /** Maximum length of a record as JSON. */
  size: 16 * 1024,
  addresses: 8,
  services: 1_024,
  labels: 64,
  /** Maximum length of an id, a label or another name. */
  name: 128,
  /** Maximum length of an address. */
  address: 256,
} as const;

/** A record that was read, or the reason why it was refused. */
export type Reading = { readonly node: NodeInfo } | { readonly refused: string };

/**
 * Reads a record. Never throws: an invalid record is refused with a reason, which contains nothing of the record.
 *
 * @param given JSON, or an object
 * @param schemes schemes of addresses that this node can connect to; other addresses are left out, and a record without any is refused
 */
export function readRecord(given: unknown, schemes: ReadonlySet<string>): Reading {
  try {
    return { node: readNode(typeof given === 'string' ? parse(given) : given, schemes) };
  } catch (error) {
    return { refused: error instanceof Refusal ? error.message : 'cannot be read' };
  }
}

/** Returns the reason why others would refuse a program's description of its node; `undefined` when it is valid. */
export function descriptionFault({ addresses = ['ws://host'], ...facts }: Partial<NodeInfo>): string | undefined {
  const given: readonly unknown[] = Array.isArray(addresses) ? addresses : [];
  const schemes = new Set(given.map((address) => schemeOf(String(address))));
  const reading = readRecord({ id: 'node', instance: 'run', status: 'up', ...facts, addresses }, schemes);
  return 'refused' in reading ? reading.refused : undefined;
}

/**
 * Checks a program's description of its node for anything that others would refuse.
 *
 * @param where name of the option, for the message
 * @throws TypeError that names the invalid property
 */
export function checkDescription(where: string, node: Partial<NodeInfo>): void {
  const fault = descriptionFault(node);
  if (fault !== undefined) throw new TypeError(`${where}: ${fault}`);
}

/** One run of a node, from its record. */
export interface NamedRun {
  readonly id: string;
  readonly instance: string;
}

/** Reads the run to which a record belongs, for backends that distinguish runs; `undefined` for an invalid record. The view reads the rest. */
export function runOf(record: string): NamedRun | undefined {
  if (record.length > recordLimits.size) return undefined;
  try {
    const { id, instance } = JSON.parse(record) as Record<string, unknown>;
    return typeof id === 'string' && typeof instance === 'string' ? { id, instance } : undefined;
  } catch {
    return undefined;
  }
}

/** Thrown internally instead of an error: refusals may be frequent, and need no stack. */
class Refusal {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

function parse(text: string): unknown {
  if (text.length > recordLimits.size) throw new Refusal(`longer than ${recordLimits.size} characters`);
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('not JSON');
  }
}

function readNode(given: unknown, schemes: ReadonlySet<string>): NodeInfo {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new Refusal('not an object');
  if (Object.hasOwn(given, '__proto__')) throw new Refusal('a field cannot be named __proto__');
  const field = (name: string): unknown => (Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : undefined);
  const optional = <T>(name: string, read: (value: unknown, name: string) => T): { [key: string]: T } => {
    const value = field(name);
    return value === undefined ? {} : { [name]: read(value, name) };
  };
  const started = field('started');
  const status = field('status');
  if (status !== 'up' && status !== 'draining') throw new Refusal("status must be 'up' or 'draining'");
  return {
    id: text(field('id'), 'id'),
    instance: text(field('instance'), 'instance'),
    started: started === undefined ? 0 : number(started, 'started', 0, Number.MAX_SAFE_INTEGER),
    addresses: addresses(field('addresses'), schemes),
    status,
    labels: labels(field('labels') ?? {}),
    weight: number(field('weight') ?? 1, 'weight', 1e-6, 1e6),
    ...optional('services', services),
    ...optional('region', text),
    ...optional('zone', text),
    ...optional('version', text),
    ...optional('load', (value) => number(value, 'load', 0, 1e6)),
  };
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= recordLimits.name) return value;
  throw new Refusal(`${name} must be a string of 1 to ${recordLimits.name} characters`);
}

function number(value: unknown, name: string, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new Refusal(`${name} must be a number between ${least} and ${most}`);
}

function list(value: unknown, name: string, most: number): unknown[] {
  if (Array.isArray(value) && value.length <= most) return value;
  throw new Refusal(`${name} must be an array of at most ${most} elements`);
}

function services(value: unknown): string[] {
  return list(value, 'services', recordLimits.services).map((entry) => {
    if (typeof entry === 'string' && entry.length <= 2 * recordLimits.name) {
      const at = entry.lastIndexOf('@');
      if (isServiceName(entry.slice(0, at)) && isVersion(entry.slice(at + 1))) return entry;
    }
    throw new Refusal('services must be of the form name@1.0.0');
  });
}

function labels(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refusal('labels must be an object');
  const keys = Object.keys(value);
  if (keys.length > recordLimits.labels) throw new Refusal(`more than ${recordLimits.labels} labels`);
  const read: Record<string, string> = {};
  for (const key of keys) {
    if (key === '__proto__') throw new Refusal('a label cannot be named __proto__');
    read[text(key, 'a label')] = label((value as Record<string, unknown>)[key]);
  }
  return read;
}

function label(value: unknown): string {
  if (typeof value === 'string' && value.length <= recordLimits.name) return value;
  throw new Refusal(`a label's value must be a string of at most ${recordLimits.name} characters`);
}

function addresses(value: unknown, schemes: ReadonlySet<string>): string[] {
  const all = list(value, 'addresses', recordLimits.addresses).map((entry) => {
    if (typeof entry !== 'string' || entry.length > recordLimits.address) {
      throw new Refusal(`an address must be a string of at most ${recordLimits.address} characters`);
    }
    return entry;
  });
  const usable = all.filter((address) => schemes.has(schemeOf(address)));
  if (usable.length === 0) throw new Refusal('no address that this node can connect to');
  for (const address of usable) if (isForbidden(address)) throw new Refusal('a forbidden address');
  return usable;
}

/** Whether an address is link-local, unspecified or multicast, or contains a user: nodes never listen on such addresses. */
export function isForbidden(address: string): boolean {
  const [, rest] = /^[a-z][a-z0-9+.-]*:\/\/(.*)$/.exec(address) ?? [];
  if (rest === undefined) return false;
  let url: URL;
  try {
    // Only this scheme normalizes hosts: 0xA9FEA9FE and 2852039166 also mean 169.254.169.254.
    url = new URL(`http://${rest}`);
  } catch {
    return true;
  }
  return url.username !== '' || url.password !== '' || isForbiddenHost(url.hostname);
}

function isForbiddenHost(host: string): boolean {
  const six = /^\[(.*)\]$/.exec(host)?.[1];
  if (six === undefined) return /^(?:0\.|169\.254\.|22[4-9]\.|2[3-5]\d\.)[\d.]+$/.test(host) && isFour(host);
  const mapped = /^::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(six);
  if (mapped !== null) return isForbiddenHost(fourOf(mapped[1] as string, mapped[2] as string));
  return six === '::' || /^(?:fe[89ab][0-9a-f]|ff[0-9a-f]{2}):/.test(six);
}

const isFour = (host: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(host);

/** Returns the IPv4 address in the last two groups of an IPv6 address. */
function fourOf(high: string, low: string): string {
  const [h, l] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [h >> 8, h & 255, l >> 8, l & 255].join('.');
}
