import { ConfigurationError } from './setting.js';

/**
 * What `start` gives; where it cannot listen, a refusal that names the variables of its ports, one of which is to be changed.
 * Fails with `ConfigurationError`.
 */
export async function listening<T>(
  ports: Readonly<Record<string, number | undefined>>,
  start: () => Promise<T>,
): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (!/EADDRINUSE|EACCES|EADDRNOTAVAIL|ENOTFOUND|No address added/.test(why)) throw error;
    const said = Object.entries(ports).flatMap(([name, port]) =>
      port === undefined ? [] : [`${name}=${port}`],
    );
    throw new ConfigurationError([`${said.join(', ')}: ${why}; stop what uses it, or choose another`]);
  }
}
