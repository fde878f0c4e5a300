/** Names of projects and services. They become file names and parts of code, so that only plain words are allowed. */
import { Refusal } from './refusal.js';

/** Names that Windows file systems reserve, whatever their extension. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d|conin|conout)$/;

/** Words that are not valid names in a TypeScript module, and names that the templates use themselves. */
const taken = new Set(
  [
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for',
    'function if implements import in instanceof interface let new null package private protected public return static super switch',
    'this throw true try typeof undefined var void while with yield',
    'added app assert client create-app define-contract define-titan item names numbers options random-uuid test titan z',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Checks a name: lower-case letters, digits and single hyphens, beginning with a letter, at most 50 characters.
 *
 * @param kind what it names, for the error message
 * @throws Refusal
 */
export function checkName(name: string, kind: string): string {
  const shown = JSON.stringify(name.slice(0, 60));
  if (!/^[a-z][a-z\d]*(?:-[a-z\d]+)*$/.test(name) || name.length > 50)
    throw new Refusal(
      `invalid ${kind} name ${shown}: expected 1 to 50 lower-case letters, digits and single hyphens, starting with a letter`,
    );
  if (reserved.test(name)) throw new Refusal(`invalid ${kind} name ${shown}: reserved by file systems`);
  return name;
}

/**
 * Checks the name of a service, which is also used in its code.
 *
 * @throws Refusal
 */
export function checkServiceName(name: string): string {
  checkName(name, 'service');
  if (taken.has(name)) throw new Refusal(`invalid service name ${JSON.stringify(name)}: reserved in the generated code`);
  return name;
}

/** Values for the templates of a service. */
export const serviceValues = (name: string) => ({ ...formsOf(name), test: 'test' });

/** Returns the forms of a name in code: `order-item` is `OrderItem` and `orderItem`. */
function formsOf(name: string): { readonly name: string; readonly Name: string; readonly camel: string } {
  const Name = name.replace(/(?:^|-)([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
  return { name, Name, camel: Name.charAt(0).toLowerCase() + Name.slice(1) };
}
