/** What a user does to the table, and whether it has come out right. Runs in the page of a contender. */

const rows = () => document.querySelector('tbody').children;
const click = (selector) => document.querySelector(selector).click();
const cells = (index) => rows()[index].children;
const label = (index) => cells(index)[1].textContent;

/** Lets the frameworks that show changes later do so: all of them use microtasks. */
async function settled() {
  for (let turn = 0; turn < 8; turn++) await null;
}

const layout = () => document.body.offsetHeight;

function expectSame(got, expected, what) {
  if (got !== expected) throw new Error(`${what}: expected ${expected}, got ${got}`);
}

/**
 * An operation: `rows` there before, `steps` that are timed together, and a check of their result.
 *
 * @type {Record<string, { rows: number, steps?: number, prepare?(): unknown, act(step: number): void, check(before: any): void }>}
 */
const operations = {
  'create 1,000': { rows: 0, act: () => click('#run'), check: () => expectSame(rows().length, 1_000, 'rows') },
  'replace 1,000': {
    rows: 1_000,
    prepare: () => cells(0)[0].textContent,
    act: () => click('#run'),
    check: (before) => expectSame(Number(cells(0)[0].textContent) >= Number(before) + 1_000, true, 'first id'),
  },
  'update every 10th': {
    rows: 1_000,
    steps: 8,
    prepare: () => rows()[990],
    act: () => click('#update'),
    check(before) {
      expectSame(label(990).match(/!!!/g).length, 8, 'marks');
      expectSame(label(991).includes('!'), false, 'mark');
      expectSame(rows()[990], before, 'row');
    },
  },
  select: {
    rows: 1_000,
    steps: 20,
    act: (step) => rows()[step + 1].querySelector('a.lbl').click(),
    check() {
      expectSame(document.querySelectorAll('tr.danger').length, 1, 'selected rows');
      expectSame(rows()[20].className, 'danger', 'class of the last one');
    },
  },
  swap: {
    rows: 1_000,
    steps: 19,
    prepare: () => [rows()[1], rows()[998]],
    act: () => click('#swaprows'),
    check([second, last]) {
      expectSame(rows()[1], last, 'second row');
      expectSame(rows()[998], second, 'row before the last');
    },
  },
  remove: {
    rows: 1_000,
    steps: 20,
    prepare: () => rows()[23],
    act: () => rows()[3].querySelector('a.remove span').click(),
    check(before) {
      expectSame(rows().length, 980, 'rows');
      expectSame(rows()[3], before, 'fourth row');
    },
  },
  'create 10,000': { rows: 0, act: () => click('#runlots'), check: () => expectSame(rows().length, 10_000, 'rows') },
  'append 1,000': { rows: 1_000, act: () => click('#add'), check: () => expectSame(rows().length, 2_000, 'rows') },
  clear: { rows: 1_000, act: () => click('#clear'), check: () => expectSame(rows().length, 0, 'rows') },
};

let prepared;

window.table = {
  operations: Object.keys(operations),
  /** @param shown whether the table takes part in layout; otherwise only scripts and the document count */
  async prepare(name, shown) {
    const { rows: wanted, prepare } = operations[name];
    document.querySelector('#app').style.display = shown ? '' : 'none';
    click('#clear');
    await settled();
    if (wanted > 0) click('#run');
    await settled();
    layout();
    prepared = prepare?.();
  },
  async act(name) {
    const { steps = 1, act } = operations[name];
    for (let step = 0; step < steps; step++) {
      act(step);
      await settled();
      layout();
    }
  },
  check: (name) => operations[name].check(prepared),
  async show(count) {
    click('#clear');
    await settled();
    if (count > 0) click(count === 1_000 ? '#run' : '#runlots');
    await settled();
    layout();
  },
};
