import { batch, createSelector, createSignal, For } from 'solid-js';
import { render } from 'solid-js/web';
import { makeRows, swapped } from '../data.js';

const [rows, setRows] = createSignal([]);
const [selected, setSelected] = createSignal(undefined);
const make = (count) =>
  makeRows(count, (text) => {
    const [label, setLabel] = createSignal(text);
    label.set = setLabel;
    return label;
  });

function update() {
  batch(() => {
    for (let all = rows(), index = 0; index < all.length; index += 10) all[index].label.set((text) => `${text} !!!`);
  });
}

function App() {
  const isSelected = createSelector(selected);
  return (
    <>
      <div>
        <button type="button" id="run" onClick={() => setRows(make(1_000))}>
          run
        </button>
        <button type="button" id="runlots" onClick={() => setRows(make(10_000))}>
          runlots
        </button>
        <button type="button" id="add" onClick={() => setRows((all) => all.concat(make(1_000)))}>
          add
        </button>
        <button type="button" id="update" onClick={update}>
          update
        </button>
        <button type="button" id="clear" onClick={() => setRows([])}>
          clear
        </button>
        <button type="button" id="swaprows" onClick={() => setRows(swapped)}>
          swaprows
        </button>
      </div>
      <table>
        <tbody>
          <For each={rows()}>
            {(row) => (
              <tr class={isSelected(row.id) ? 'danger' : ''}>
                <td class="col-md-1" textContent={row.id} />
                <td class="col-md-4">
                  <a class="lbl" onClick={() => setSelected(row.id)} textContent={row.label()} />
                </td>
                <td class="col-md-1">
                  <a class="remove" onClick={() => setRows((all) => all.filter((each) => each !== row))}>
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

render(() => <App />, document.querySelector('#app'));
