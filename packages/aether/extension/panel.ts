/**
 * The panel in the browser's tools. It asks the page that is inspected by `eval`, as the console does: the extension needs no
 * permission, and nothing of it runs in pages.
 */
import { type Command, type Snapshot, showPanel } from '@omnitron-dev/aether/devtools';

/** The part of the API of extensions that is used. */
interface InspectedWindow {
  eval<T>(program: string, done: (result: T, failure: { readonly value?: string } | undefined) => void): void;
}

declare const chrome: { readonly devtools: { readonly inspectedWindow: InspectedWindow } };

const agent = "globalThis[Symbol.for('@omnitron-dev/aether/devtools')]";

/** Runs a program in the page that is inspected. A page that cannot be asked answers with nothing. */
const ask = <T>(program: string): Promise<T | undefined> =>
  new Promise((resolve) => {
    chrome.devtools.inspectedWindow.eval<T>(program, (result, failure) => resolve(failure === undefined ? result : undefined));
  });

showPanel(document.querySelector('#panel') as Element, {
  read: async (values) => (await ask<Snapshot | null>(`${agent}?.read(${values}) ?? null`)) ?? undefined,
  send: async (command: Command) => void (await ask(`${agent}?.send(${JSON.stringify(command)})`)),
});
