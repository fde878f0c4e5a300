/** What is measured of queries. Runs in the page of a contender. */

const ids = Array.from({ length: 20 }, (_, index) => `user ${index}`);
const items = () => document.querySelectorAll('li');
let round = 0;

/** Waits until all items show a text, which may need microtasks and timers of the framework. */
async function settled(text) {
  const wrong = () => [...items()].some((item) => !item.textContent.includes(text));
  for (let turn = 0; wrong(); turn++) {
    if (turn > 1_000) throw new Error(`expected '${text}', got '${items()[0]?.textContent}'`);
    await (turn < 20 ? null : new Promise((resolve) => setTimeout(resolve)));
  }
}

const operations = {
  'mount 200 of 20 cached': {
    prepare: () => queries.show([]),
    async act() {
      queries.show(Array.from({ length: 200 }, (_, index) => ids[index % 20]));
      await settled('user');
    },
    check: 200,
  },
  'mount 100 of one entry': {
    prepare: () => queries.show([]),
    async act() {
      queries.show(Array.from({ length: 100 }, () => ids[0]));
      await settled('user');
    },
    check: 100,
  },
  'update 100 of one entry, 10 times': {
    async prepare() {
      queries.show(Array.from({ length: 100 }, () => ids[0]));
      await settled('user');
    },
    async act() {
      for (let step = 0; step < 10; step++) {
        const name = `user renamed ${round++}`;
        queries.change(ids[0], name);
        await settled(name);
        document.body.offsetHeight;
      }
    },
    check: 100,
  },
  'unmount 200': {
    async prepare() {
      queries.show(Array.from({ length: 200 }, (_, index) => ids[index % 20]));
      await settled('user');
    },
    act: () => queries.show([]),
    check: 0,
  },
};

window.bench = {
  operations: Object.keys(operations),
  load: () => Promise.all(ids.map((id) => queries.load(id))),
  async prepare(name) {
    await operations[name].prepare();
    await new Promise((resolve) => setTimeout(resolve));
  },
  act: (name) => operations[name].act(),
  check(name) {
    const { check } = operations[name];
    if (items().length !== check) throw new Error(`${name}: expected ${check} items, got ${items().length}`);
  },
};
