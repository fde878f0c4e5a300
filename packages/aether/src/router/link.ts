import { computed } from '../reactive/computed.js';
import { Description } from '../view/description.js';
import type { HtmlElementAttributes } from '../view/elements.js';
import { onMount } from '../view/mounts.js';
import { splitProps } from '../view/props.js';
import type { View } from '../view/types.js';
import type { NavigateOptions, RouteAddress } from './options.js';
import { useRouter } from './outlet.js';
import type { AnyRoute } from './route.js';

type Target<R> = R extends AnyRoute ? { readonly to: R } & RouteAddress<R> : { readonly to: R };

/** Properties of `Link`: where to, and attributes of an `a` element. */
export type LinkProps<R extends string | AnyRoute> = Target<R> &
  Pick<NavigateOptions, 'replace' | 'state'> & {
    /** Loads the page ahead when the pointer is over the link or it has focus, or when it is seen. */
    readonly prefetch?: 'hover' | 'visible' | undefined;
    readonly children?: View;
  } & Omit<HtmlElementAttributes<'a'>, 'href' | 'children' | 'onClick' | 'onclick'>;

const own = ['to', 'params', 'search', 'hash', 'replace', 'state', 'prefetch', 'children'] as const;

/**
 * A link to a route or an address. It is a link to the browser, too: it opens in a new tab, and works before the page is
 * taken over. The link to the page that is shown has `aria-current="page"`.
 */
export function Link<const R extends string | AnyRoute>(props: LinkProps<R>): View {
  const router = useRouter();
  const [target, rest] = splitProps(props as LinkProps<AnyRoute> & Record<string, unknown>, own);
  const href = computed(() => {
    const { to } = target as { readonly to: string | AnyRoute };
    return typeof to === 'string' ? to : router.href(to as AnyRoute, target as never);
  });
  const url = computed(() => new URL(href(), router.page()?.url ?? router.url));
  const inside = () => url().origin === router.url.origin;
  const address = () => (inside() ? router.history.address(url().pathname + url().search + url().hash) : href());
  const ahead = () => void router.prefetch(href());
  let element: HTMLAnchorElement | undefined;

  onMount(() => {
    if (target.prefetch !== 'visible' || element === undefined) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      ahead();
    });
    observer.observe(element);
    return () => observer.disconnect();
  });

  const click = (event: MouseEvent & { readonly currentTarget: HTMLAnchorElement }) => {
    const other = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    const { target: frame } = event.currentTarget;
    if (event.defaultPrevented || other || !inside() || (frame !== '' && frame !== '_self')) return;
    if (event.currentTarget.hasAttribute('download')) return;
    event.preventDefault();
    const { replace, state } = target;
    void router.navigate(url().href, { replace, state });
  };
  const hover = () => target.prefetch === 'hover' && ahead();

  return () =>
    new Description(
      'a',
      {
        ...rest,
        href: address,
        'aria-current': () => (router.page()?.url.pathname === url().pathname && inside() ? 'page' : undefined),
        ref: (each: HTMLAnchorElement) => {
          element = each;
        },
        onClick: click,
        onPointerEnter: hover,
        onFocus: hover,
        children: () => target.children,
      },
      undefined,
    );
}
