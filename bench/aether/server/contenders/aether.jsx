import { For } from '@omnitron-dev/aether';
import { renderToStream, renderToString } from '@omnitron-dev/aether/ssr';
import { rows } from '../rows.mjs';

const App = () => (
  <table>
    <tbody>
      <For each={rows}>
        {(row) => (
          <tr class={row.id % 10 === 0 ? 'marked' : ''}>
            <td class="id">{row.id}</td>
            <td>
              <a href={`/rows/${row.id}`} title={row.label}>
                {row.label}
              </a>
            </td>
          </tr>
        )}
      </For>
    </tbody>
  </table>
);

export const whole = () => renderToString(App);
export const streamed = () => renderToStream(App);
