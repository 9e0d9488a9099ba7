import { readFileSync } from 'node:fs';
import { LogInUse } from '../errors.js';
import type { Owner, Tables } from './tables.js';

/** Folders that this process has open: its own number in the owner row is otherwise left from a former life (pid 1 in a container). */
const openHere = new Set<string>();

/**
 * Makes this process the only one that uses the log. LMDB's writer lock, which dies with its holder, makes the check and the
 * claim one step. Fails with `LogInUse`, naming the process.
 */
export function takeOwnership({ root, owner }: Tables, path: string): void {
  root.transactionSync(() => {
    const holder = owner.get('owner');
    if (holder !== undefined && isRunning(holder, path))
      throw new LogInUse(`the log in ${path} is open in process ${holder.pid} (LOG_IN_USE)`);
    owner.putSync('owner', { pid: process.pid, startedAt: startOfProcess(process.pid) ?? '' });
  });
  openHere.add(path);
}

export function leaveOwnership({ owner }: Tables, path: string): void {
  owner.removeSync('owner');
  openHere.delete(path);
}

function isRunning({ pid, startedAt }: Owner, path: string): boolean {
  if (pid === process.pid) return openHere.has(path);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const start = startOfProcess(pid);
  return start === undefined || startedAt === '' || start === startedAt;
}

/** When a process began, in the kernel's ticks since boot; undefined where there is no /proc. */
function startOfProcess(pid: number): string | undefined {
  try {
    // field 22; the second one is a name in parentheses, which may have spaces
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
