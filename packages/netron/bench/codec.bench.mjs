/**
 * Encodes and decodes values per second: this package's codec, msgpackr, @msgpack/msgpack and JSON, in alternating rounds.
 * Every contender starts from a value and ends with bytes of its own, or the other way round.
 *
 * Run: npx tsc -b packages/netron && node packages/netron/bench/codec.bench.mjs [--json] [--rounds=5]
 */
import { Decoder, Encoder } from '@msgpack/msgpack';
import { Packr } from 'msgpackr';
import { record } from '../../../bench/harness/data.mjs';
import { richReader, richWriter } from '../dist/wire/rich-values.js';
import { readValue } from '../dist/wire/value-reader.js';
import { writeValue } from '../dist/wire/value-writer.js';

const rounds = Number(process.argv.find((text) => text.startsWith('--rounds='))?.slice(9) ?? 5);
const roundMs = 150;

const values = { 'record of 1 KB': record(1), 'small object': { id: 7, name: 'Ada', ok: true }, '[3,4]': [3, 4] };

const writer = richWriter(65_536);
const reader = richReader();
const packr = new Packr({ useRecords: false });
const encoder = new Encoder();
const decoder = new Decoder();

const contenders = {
  netron: {
    encode(value) {
      writer.reset();
      writeValue(writer, value);
      return writer.position;
    },
    bytes(value) {
      this.encode(value);
      return Buffer.from(writer.buffer.subarray(0, writer.position));
    },
    decode(bytes) {
      reader.load(bytes);
      return readValue(reader);
    },
  },
  msgpackr: {
    encode: (value) => packr.pack(value).length,
    bytes: (value) => Buffer.from(packr.pack(value)),
    decode: (bytes) => packr.unpack(bytes),
  },
  '@msgpack/msgpack': {
    encode: (value) => encoder.encodeSharedRef(value).length,
    bytes: (value) => Buffer.from(encoder.encode(value)),
    decode: (bytes) => decoder.decode(bytes),
  },
  JSON: {
    encode: (value) => Buffer.from(JSON.stringify(value)).length,
    bytes: (value) => Buffer.from(JSON.stringify(value)),
    decode: (bytes) => JSON.parse(bytes.toString()),
  },
};

let sink;

/** Runs `work` for a while and returns how often it ran per second. */
function rate(work, input) {
  let count = 0;
  const start = performance.now();
  let elapsed = 0;
  while (elapsed < roundMs) {
    for (let index = 0; index < 500; index++) sink = work(input);
    count += 500;
    elapsed = performance.now() - start;
  }
  return (count / elapsed) * 1000;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

const rows = [];
for (const [title, value] of Object.entries(values)) {
  const results = Object.entries(contenders).map(([name, contender]) => {
    const bytes = contender.bytes(value);
    return { name, bytes, encode: [], decode: [], contender };
  });
  for (let round = -1; round < rounds; round++) {
    for (const { contender, bytes, encode, decode } of results) {
      const [encoded, decoded] = [
        rate((input) => contender.encode(input), value),
        rate((input) => contender.decode(input), bytes),
      ];
      if (round >= 0) {
        encode.push(encoded);
        decode.push(decoded);
      }
    }
  }
  for (const { name, bytes, encode, decode } of results) {
    rows.push({
      value: title,
      codec: name,
      bytes: bytes.length,
      encode: Math.round(median(encode)),
      decode: Math.round(median(decode)),
    });
  }
}

if (process.argv.includes('--json')) console.log(JSON.stringify({ node: process.version, rounds, rows }, null, 2));
else console.table(rows);
if (sink === Symbol.iterator) console.log(sink);
