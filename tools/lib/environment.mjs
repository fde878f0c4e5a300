/** npm settings that say how to reach packages. Everything else npm takes from the environment can change what it installs. */
const network =
  /^npm_config_(registry|.*:registry|.*_auth.*|.*proxy|no_proxy|ca|cafile|cert|key|strict_ssl|userconfig|globalconfig|cache)$/i;

/**
 * The environment for child processes: ours, without the `npm_*` variables that a surrounding `npm run` or a user's
 * shell adds (`npm_config_omit`, `npm_config_global`, `npm_config_dry_run`, …), and without production mode, in which
 * npm leaves out development tools. What npm needs to reach its registry stays.
 *
 * @param {Record<string, string>} [extra] added last
 * @returns {NodeJS.ProcessEnv}
 */
export function environment(extra = {}) {
  /** @type {NodeJS.ProcessEnv} */
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (/^npm_/i.test(name) && !network.test(name)) continue;
    if (name === 'NODE_ENV' || name === 'INIT_CWD' || name === 'FORCE_COLOR') continue;
    env[name] = value;
  }
  return { ...env, ...extra };
}
