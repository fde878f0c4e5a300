/** Elements that HTML parsers move, rename or treat specially. Templates contain only elements that a parser reads as written. */

const list = (names: string) => new Set(names.split(' '));

/** Elements without children. */
export const empty = list('area base br col embed hr img input link meta source track wbr');

/** Elements whose content is text only. */
export const textOnly = list('textarea title style option');

/** Elements that a template cannot hold: dropped, renamed, run, or with content elsewhere. */
const never = list(
  'html head body frameset frame image noscript template plaintext iframe noembed noframes xmp script math annotation-xml isindex param',
);

/** Start tags that end an open paragraph. */
const endsParagraph = list(
  'address article aside blockquote center details dialog dir div dl dd dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p pre search section summary table ul',
);

/** Elements whose start tag ends one of the same name, or one of a group, that is open. */
const notInside: Record<string, ReadonlySet<string>> = {
  a: list('a'),
  button: list('button'),
  form: list('form'),
  nobr: list('nobr'),
  select: list('select'),
  li: list('li'),
  dd: list('dd dt'),
  dt: list('dd dt'),
  option: list('option'),
  optgroup: list('option optgroup'),
  input: list('select'),
  textarea: list('select'),
};

/** Elements whose children must be of these. */
const only: Record<string, ReadonlySet<string>> = {
  table: list('caption colgroup thead tbody tfoot'),
  thead: list('tr'),
  tbody: list('tr'),
  tfoot: list('tr'),
  tr: list('td th'),
  colgroup: list('col'),
  select: list('option optgroup hr'),
  optgroup: list('option'),
};

/** Elements that are allowed only in these. */
const onlyIn: Record<string, ReadonlySet<string>> = {
  caption: list('table'),
  colgroup: list('table'),
  thead: list('table'),
  tbody: list('table'),
  tfoot: list('table'),
  tr: list('thead tbody tfoot'),
  td: list('tr'),
  th: list('tr'),
  col: list('colgroup'),
};

const headings = list('h1 h2 h3 h4 h5 h6');
/** Elements of SVG and MathML whose children are of HTML. */
const holdsHtml = list('desc mi mn mo ms mtext');
const ruby = list('rb rt rp rtc');

/** Elements of SVG that are drawn, without those that contain HTML. */
const svg = list(
  'svg g path circle ellipse line polyline polygon rect text tspan textPath image use defs symbol marker mask pattern clipPath linearGradient radialGradient stop filter animate animateMotion animateTransform set mpath switch view feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence',
);

/** Whether a template may begin with an element. */
export function canBegin(tag: string): boolean {
  if (/[A-Z]/.test(tag)) return svg.has(tag);
  return !never.has(tag) && !tag.includes(':');
}

/** Whether a template may hold an element in others, given from the outermost to the innermost. */
export function canHold(outer: readonly string[], tag: string): boolean {
  const parent = outer.at(-1) as string;
  const start = outer.findIndex((each) => svg.has(each));
  // Below HTML, which may stand in SVG, parsers keep capital letters only in an element `svg`.
  if (start >= 0) return svg.has(tag) && (start === 0 || outer[start] === 'svg' || !/[A-Z]/.test(tag));
  // Where all of it is of SVG or MathML, these hold HTML again.
  if (outer.slice(1).some((each) => holdsHtml.has(each))) return false;
  // If the template begins with an element of SVG or HTML, its place decides which.
  if (!canBegin(tag) || (tag !== 'svg' && /[A-Z]/.test(tag))) return false;
  if (only[parent] !== undefined ? !only[parent].has(tag) : onlyIn[tag] !== undefined) return false;
  if (endsParagraph.has(tag) && outer.includes('p')) return false;
  if (headings.has(tag) && headings.has(parent)) return false;
  if (ruby.has(tag)) return false;
  return notInside[tag] === undefined || !outer.some((each) => notInside[tag]?.has(each));
}

/** Whether a template may hold text in an element. */
export const canHoldText = (parent: string): boolean => only[parent] === undefined;
