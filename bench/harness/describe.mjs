/** Prints what contenders there are, one JSON line per file, so that the driver itself loads none of their libraries. */
import { contenderFiles, loadFile } from './contender.mjs';

for (const file of await contenderFiles()) {
  try {
    for (const contender of await loadFile(file)) console.log(JSON.stringify({ file, contender }));
  } catch (error) {
    console.log(JSON.stringify({ file, error: error instanceof Error ? error.message.split('\n')[0] : String(error) }));
  }
}
process.exit(0);
