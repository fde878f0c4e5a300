import { batch, signal } from '@preact/signals';
import { render } from 'preact';
import { memo } from 'preact/compat';
import { makeRows, swapped } from '../data.js';

const rows = signal([]);
const selected = signal(undefined);
const make = (count) => makeRows(count, signal);

function update() {
  batch(() => {
    for (let all = rows.value, index = 0; index < all.length; index += 10) all[index].label.value += ' !!!';
  });
}

const Row = memo(({ row, chosen }) => (
  <tr class={chosen ? 'danger' : ''}>
    <td class="col-md-1">{row.id}</td>
    <td class="col-md-4">
      <a class="lbl" onClick={() => (selected.value = row.id)}>
        {row.label}
      </a>
    </td>
    <td class="col-md-1">
      <a class="remove" onClick={() => (rows.value = rows.value.filter((each) => each !== row))}>
        <span class="glyphicon" aria-hidden="true" />
      </a>
    </td>
    <td class="col-md-6" />
  </tr>
));

const Rows = () => rows.value.map((row) => <Row key={row.id} row={row} chosen={row.id === selected.value} />);

function App() {
  return (
    <>
      <div>
        <button type="button" id="run" onClick={() => (rows.value = make(1_000))}>
          run
        </button>
        <button type="button" id="runlots" onClick={() => (rows.value = make(10_000))}>
          runlots
        </button>
        <button type="button" id="add" onClick={() => (rows.value = rows.value.concat(make(1_000)))}>
          add
        </button>
        <button type="button" id="update" onClick={update}>
          update
        </button>
        <button type="button" id="clear" onClick={() => (rows.value = [])}>
          clear
        </button>
        <button type="button" id="swaprows" onClick={() => (rows.value = swapped(rows.value))}>
          swaprows
        </button>
      </div>
      <table>
        <tbody>
          <Rows />
        </tbody>
      </table>
    </>
  );
}

render(<App />, document.querySelector('#app'));
