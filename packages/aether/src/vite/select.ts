/** Attributes with which a select selects options itself. A copy of a template has selected before anything is set or inserted. */
import { type Node, nameOf } from './syntax.js';

const isChoosing = /^(?:multiple|size|disabled)$/;

/** Whether an attribute is one of these, set without a value. */
export const isFlag = ({ name, value }: Node): boolean => value === null && isChoosing.test(nameOf(name as Node) ?? '');

/**
 * Whether a template can hold all of these attributes that an element has.
 *
 * @param textOf gives the value of an attribute that is written as a text
 */
export const isSettled = (element: Node, textOf: (attribute: Node) => string | undefined): boolean =>
  (element.openingElement.attributes as Node[]).every(
    (each) => !isChoosing.test(nameOf(each.name as Node) ?? '') || isFlag(each) || textOf(each) !== undefined,
  );
