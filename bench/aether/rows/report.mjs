import { geometricMean, ratio } from '../harness/rounds.mjs';
import { measureRows } from './measure.mjs';
import { contenders } from './pages.mjs';

const others = contenders.filter((name) => name !== 'solid');

/** Times of table operations as multiples of Solid's, and bytes per row. */
export async function sections(options) {
  const { results, memory } = await measureRows(options);
  const times = (kind, title, target) => ({
    title,
    text: `CPU time of the page's main thread as a multiple of Solid's: below 1, the contender is faster. ${target}`,
    columns: others,
    rows: [
      ...results.map(({ id, [kind]: figures }) => ({
        title: id,
        cells: others.map((name) => ratio(figures[name], figures.solid).toFixed(2)),
      })),
      {
        title: '**geometric mean**',
        cells: others.map(
          (name) => `**${geometricMean(results.map(({ [kind]: figures }) => ratio(figures[name], figures.solid))).toFixed(2)}**`,
        ),
      },
    ],
  });
  return [
    times('layout', 'Rows, with layout', 'Targets: 1.1 compiled, 1.15 without the compiler.'),
    times('script', 'Rows, scripts and document', 'Targets: 1.1 compiled, no row above 1.4; 1.5 without the compiler.'),
    {
      title: 'Memory of rows',
      text: 'JavaScript heap per row in bytes, after garbage collection. Target: 1.2 × Solid compiled.',
      columns: contenders,
      rows: [
        { title: 'of 1,000', cells: contenders.map((name) => Math.round(memory[name].thousand / 1_000).toString()) },
        { title: 'of 10,000', cells: contenders.map((name) => Math.round(memory[name].tenThousand / 10_000).toString()) },
      ],
    },
  ];
}
