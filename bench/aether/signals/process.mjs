/** The process of one library. */
import { answerRounds } from '../harness/processes.mjs';
import { workloads } from './workloads.mjs';

const { default: library } = await import(`./libraries/${process.argv[2]}.mjs`);
let end = () => {};

answerRounds((wanted) => {
  end();
  let run;
  end = library.root(() => {
    run = workloads.find(({ id }) => id === wanted).prepare(library);
  });
  return run;
});
