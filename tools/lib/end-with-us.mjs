import { spawn } from 'node:child_process';

/** Keeps the numbers of processes that it is told; ends those when nobody is there any more to tell it. */
const watch = `
left=' '
while read -r sign pid; do
  case $sign in
    +) left="$left$pid " ;;
    -) left="\${left%% $pid *} \${left#* $pid }" ;;
  esac
done
if [ "$left" != ' ' ]; then
  kill -TERM $left
  sleep 1
  kill -KILL $left
fi`;

/** @type {import('node:stream').Writable | undefined} */
let watcher;

function startWatcher() {
  // A group of its own: what ends ours does not end it.
  const started = spawn('sh', ['-c', watch], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  started.on('error', () => {});
  started.stdin.on('error', () => {});
  started.unref();
  /** @type {import('node:net').Socket} */ (started.stdin).unref();
  return started.stdin;
}

/**
 * Ends a server with this process, however that ends: by itself, by a signal or by SIGKILL. A server that has ended is
 * forgotten. Does nothing on Windows.
 *
 * @param {import('node:child_process').ChildProcess} server
 */
export function endWithUs(server) {
  const { pid } = server;
  if (pid === undefined || process.platform === 'win32') return;
  watcher ??= startWatcher();
  const told = watcher;
  told.write(`+ ${pid}\n`);
  server.once('exit', () => told.write(`- ${pid}\n`));
}
