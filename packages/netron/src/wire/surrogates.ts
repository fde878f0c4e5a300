/** Texts with surrogates that lack their pair, which UTF-8 cannot hold. */

interface NativeText {
  isWellFormed?(this: string): boolean;
  toWellFormed?(this: string): string;
}

const { isWellFormed: native, toWellFormed } = String.prototype as NativeText;
const lone = /\p{Surrogate}/u;
const eachLone = /\p{Surrogate}/gu;

/** Whether every surrogate in `text` has its pair. */
export const isWellFormed: (text: string) => boolean =
  native === undefined ? (text) => !lone.test(text) : (text) => native.call(text);

/** `text` with U+FFFD in place of cut surrogates: for messages that people read, never for values. */
export const wellFormed: (text: string) => string =
  toWellFormed === undefined ? (text) => text.replace(eachLone, '\ufffd') : (text) => toWellFormed.call(text);
