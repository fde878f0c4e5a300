import { geometricMean, ratio } from '../harness/rounds.mjs';
import { libraries, measureSignals } from './measure.mjs';

/** The speed of our signals as a multiple of that of others. */
export async function sections(options) {
  const results = await measureSignals(options);
  const others = libraries.filter((library) => library !== 'aether');
  const speed = (figures, other) => ratio(figures[other], figures.aether);
  const groups = [...new Set(results.map(({ group }) => group))];
  const mean = (title, chosen) => ({
    title: `**${title}**`,
    cells: others.map((other) => `**${geometricMean(chosen.map(({ figures }) => speed(figures, other))).toFixed(2)}**`),
  });
  return [
    {
      title: 'Signals',
      text: 'Speed of Aether as a multiple of the speed of each library: above 1, Aether is faster. Targets against alien-signals: geometric mean 0.9, no row below 0.75 (creating signals: 0.6).',
      columns: others,
      rows: [
        ...results.map(({ id, figures }) => ({ title: id, cells: others.map((other) => speed(figures, other).toFixed(2)) })),
        ...groups.map((group) =>
          mean(
            group,
            results.filter((each) => each.group === group),
          ),
        ),
        mean('all', results),
      ],
    },
  ];
}
