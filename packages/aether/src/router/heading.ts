/** Focus after a navigation. */
const queries = ['main h1', 'h1', 'main'];

let end = (): void => {};

/** Stops watching the heading of a page. */
export const leaveHeading = (): void => end();

/**
 * Moves focus to the heading, as a browser does for a loaded page, or else to `main`. If the focused heading is removed, as
 * a placeholder for data is, the focus moves on to its replacement.
 *
 * @param changed called with a new text of the heading, and with a replaced heading
 * @param focus whether to move the focus; otherwise the heading is only watched for `changed`
 * @returns the text of the heading
 */
export function focusHeading(changed: (text: string) => void, focus = true): string | undefined {
  leaveHeading();
  const all = queries.flatMap((query) => [...document.querySelectorAll<HTMLElement>(query)]);
  const target = focus ? all.find(takesFocus) : all[0];
  if (target === undefined) return undefined;
  let focused = focus;
  let text = textOf(target);
  const tell = (now: string | undefined) => {
    if (now !== undefined && now !== text) changed(now);
    text = now;
  };
  const observer = new MutationObserver(() => {
    if (target.isConnected) tell(textOf(target));
    else tell(focusHeading(changed, focused && [null, document.body].includes(document.activeElement as HTMLElement | null)));
  });
  // Browsers may report the lost focus while an element is being removed, and when the window loses focus.
  const blurred = () =>
    queueMicrotask(() => {
      if (target.isConnected && document.activeElement !== target) focused = false;
    });
  end = () => {
    observer.disconnect();
    target.removeEventListener('blur', blurred);
  };
  target.addEventListener('blur', blurred);
  if (target.localName === 'h1') observer.observe(target, { childList: true, characterData: true, subtree: true });
  for (let node = target.parentNode; node !== null; node = node.parentNode) observer.observe(node, { childList: true });
  return text;
}

const textOf = ({ localName, textContent }: HTMLElement): string | undefined =>
  localName === 'h1' ? textContent.trim() || undefined : undefined;

/** Returns whether an element has accepted the focus: a hidden one does not. */
function takesFocus(target: HTMLElement): boolean {
  const focusable = target.hasAttribute('tabindex');
  if (!focusable) target.setAttribute('tabindex', '-1');
  target.focus({ preventScroll: true });
  const taken = document.activeElement === target;
  if (!taken && !focusable) target.removeAttribute('tabindex');
  return taken;
}
