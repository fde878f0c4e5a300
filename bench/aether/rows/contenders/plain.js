/** The document by hand, after a template that is cloned. The least that there is to do. */
import { makeRows } from '../data.js';

const template = document.createElement('template');
template.innerHTML =
  '<tr><td class="col-md-1"></td><td class="col-md-4"><a class="lbl"></a></td><td class="col-md-1"><a class="remove"><span class="glyphicon" aria-hidden="true"></span></a></td><td class="col-md-6"></td></tr>';

const app = document.querySelector('#app');
app.innerHTML = `<div>${['run', 'runlots', 'add', 'update', 'clear', 'swaprows'].map((id) => `<button type="button" id="${id}">${id}</button>`).join('')}</div><table><tbody></tbody></table>`;
const body = app.querySelector('tbody');
let rows = [];
let selected;

function make({ id, label }) {
  const element = template.content.firstChild.cloneNode(true);
  const cell = element.firstChild;
  cell.textContent = id;
  const text = cell.nextSibling.firstChild;
  text.textContent = label;
  text.onclick = () => {
    if (selected) selected.className = '';
    selected = element;
    element.className = 'danger';
  };
  cell.nextSibling.nextSibling.firstChild.onclick = () => {
    rows = rows.filter((row) => row.element !== element);
    element.remove();
  };
  return { id, label, element, text };
}

function append(count) {
  const made = makeRows(count).map(make);
  for (const { element } of made) body.append(element);
  rows = rows.concat(made);
}

function clear() {
  body.textContent = '';
  rows = [];
  selected = undefined;
}

const actions = {
  run() {
    clear();
    append(1_000);
  },
  runlots() {
    clear();
    append(10_000);
  },
  add: () => append(1_000),
  update() {
    for (let index = 0; index < rows.length; index += 10) {
      const row = rows[index];
      row.label += ' !!!';
      row.text.firstChild.data = row.label;
    }
  },
  clear,
  swaprows() {
    if (rows.length < 999) return;
    const [a, b] = [rows[1], rows[998]];
    const after = a.element.nextSibling;
    body.insertBefore(a.element, b.element);
    body.insertBefore(b.element, after);
    rows[1] = b;
    rows[998] = a;
  },
};
for (const [id, action] of Object.entries(actions)) app.querySelector(`#${id}`).onclick = action;
