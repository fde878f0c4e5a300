import { computed, For, signal, type WritableSignal } from '@omnitron-dev/aether';
import { Backend, NetronService, useQuery, useStream } from '@omnitron-dev/aether/netron';
import type { IMarket, Price } from './market.ts';

@Backend('main', { service: 'market@^1.0.0' })
class Market extends NetronService<IMarket> {}

/** All prices. Each is a signal of its own, so that a change touches one text. */
function usePrices() {
  const { data } = useQuery(Market, 'list');
  const changed = new Map<string, WritableSignal<number>>();
  const count = signal(0);
  const priceOf = ({ symbol, value }: Price) => {
    const known = changed.get(symbol) ?? signal(value);
    changed.set(symbol, known);
    return known;
  };
  const { status } = useStream(Market, 'changes', [], {
    buffer: 0,
    onItem(prices) {
      for (const price of prices) priceOf(price).set(price.value);
      count.update((before) => before + prices.length);
    },
  });
  const rows = computed(() => (data() ?? []).map((price) => ({ symbol: price.symbol, price: priceOf(price) })));
  return { rows, status, count };
}

export function Dashboard() {
  const { rows, status, count } = usePrices();
  return (
    <>
      <h1>Market</h1>
      <p>
        <span role="status">{status()}</span>: <span class="count">{count()}</span> changes
      </p>
      <table>
        <caption>Prices</caption>
        <tbody>
          <For each={rows()} by={({ symbol }) => symbol} fallback={<tr />}>
            {({ symbol, price }) => (
              <tr>
                <th scope="row">{symbol}</th>
                <td>{price().toFixed(1)}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </>
  );
}
