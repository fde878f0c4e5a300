/** Strings with unpaired surrogates, which UTF-8 cannot represent. */

interface NativeText {
  isWellFormed?(this: string): boolean;
  toWellFormed?(this: string): string;
}

const { isWellFormed: native, toWellFormed } = String.prototype as NativeText;
const lone = /\p{Surrogate}/u;
const eachLone = /\p{Surrogate}/gu;

/** Whether every surrogate in `text` is paired. */
export const isWellFormed: (text: string) => boolean =
  native === undefined ? (text) => !lone.test(text) : (text) => native.call(text);

/** Returns `text` with U+FFFD in place of unpaired surrogates, for messages that people read and for headers, never for values. */
export const wellFormed: (text: string) => string =
  toWellFormed === undefined ? (text) => text.replace(eachLone, '\ufffd') : (text) => toWellFormed.call(text);
