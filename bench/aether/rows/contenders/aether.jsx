import { batch, For, render, selector, signal } from '@omnitron-dev/aether';
import { makeRows, swapped } from '../data.js';

const rows = signal([]);
const selected = signal(undefined);
const make = (count) => makeRows(count, signal);

function update() {
  const all = rows.peek();
  batch(() => {
    for (let index = 0; index < all.length; index += 10) all[index].label.update((text) => `${text} !!!`);
  });
}

function App() {
  const isSelected = selector(selected);
  return (
    <>
      <div>
        <button type="button" id="run" onClick={() => rows.set(make(1_000))}>
          run
        </button>
        <button type="button" id="runlots" onClick={() => rows.set(make(10_000))}>
          runlots
        </button>
        <button type="button" id="add" onClick={() => rows.update((all) => all.concat(make(1_000)))}>
          add
        </button>
        <button type="button" id="update" onClick={update}>
          update
        </button>
        <button type="button" id="clear" onClick={() => rows.set([])}>
          clear
        </button>
        <button type="button" id="swaprows" onClick={() => rows.update(swapped)}>
          swaprows
        </button>
      </div>
      <table>
        <tbody>
          <For each={rows}>
            {(row) => (
              <tr class={() => (isSelected(row.id) ? 'danger' : '')}>
                <td class="col-md-1">{row.id}</td>
                <td class="col-md-4">
                  <a class="lbl" onClick={() => selected.set(row.id)}>
                    {row.label}
                  </a>
                </td>
                <td class="col-md-1">
                  <a class="remove" onClick={() => rows.update((all) => all.filter((each) => each !== row))}>
                    <span class="glyphicon" aria-hidden="true" />
                  </a>
                </td>
                <td class="col-md-6" />
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </>
  );
}

render(<App />, document.querySelector('#app'));
