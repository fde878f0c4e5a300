/** The data of the table, the same for every contender: numbered rows with a text each. */

const adjectives = [
  'pretty',
  'large',
  'big',
  'small',
  'tall',
  'short',
  'long',
  'handsome',
  'plain',
  'quaint',
  'clean',
  'elegant',
];
const colours = ['red', 'yellow', 'blue', 'green', 'pink', 'brown', 'purple', 'white', 'black', 'orange'];
const nouns = ['table', 'chair', 'house', 'desk', 'car', 'pony', 'cookie', 'sandwich', 'burger', 'pizza', 'mouse', 'keyboard'];

let state = 1;
let nextId = 1;

/** The next of a sequence that is the same on every page. */
const pick = (words) => {
  state = (state * 1_664_525 + 1_013_904_223) >>> 0;
  return words[state % words.length];
};

/** Makes rows: an id and a text, which `wrap` may turn into something that can be followed. */
export function makeRows(count, wrap = (text) => text) {
  return Array.from({ length: count }, () => ({
    id: nextId++,
    label: wrap(`${pick(adjectives)} ${pick(colours)} ${pick(nouns)}`),
  }));
}

/** Exchanges the second row and the one before the last but one. */
export function swapped(rows) {
  const next = rows.slice();
  [next[1], next[998]] = [next[998], next[1]];
  return next;
}
