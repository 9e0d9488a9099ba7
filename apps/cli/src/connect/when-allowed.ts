import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '@mcp/api-client';
import type { Run } from '../run.js';

/** Where a caller may not ask for more changes for now, waits as long as the API says; nothing was recorded until then. */
export async function whenAllowed<T>(run: Run, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const { reason, retryAfterMs } = error instanceof ApiError ? error : {};
      if (reason !== 'TOO_MANY_CHANGES' || retryAfterMs === undefined) throw error;
      run.progress(`more changes may be asked for in ${Math.ceil(retryAfterMs / 1_000)} s`);
      await sleep(retryAfterMs);
      run.progress('');
    }
  }
}
