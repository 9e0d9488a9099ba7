import { ConfigurationError } from './setting.js';

/**
 * What `start` gives; where it cannot listen, a refusal that names the variable to change.
 * Fails with `ConfigurationError`.
 */
export async function listening<T>(variable: string, port: number, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (!/EADDRINUSE|EACCES|EADDRNOTAVAIL|ENOTFOUND|No address added/.test(why)) throw error;
    throw new ConfigurationError([`${variable}=${port}: ${why}; stop what uses it, or choose another`]);
  }
}
