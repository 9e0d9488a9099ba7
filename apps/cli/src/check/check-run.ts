import { setTimeout as sleep } from 'node:timers/promises';

/** One thing that must be so. */
export interface Check {
  /** As `linkerd check` words them: what is so when it passes. */
  readonly description: string;
  /** Fails with what is wrong and what to do. */
  readonly holds: () => Promise<void>;
  /** It is worth knowing, and nothing fails for it. */
  readonly onlyWarns?: true;
  /** It becomes true by itself while things start: it is asked again for as long as there is time. */
  readonly comesWithTime?: true;
  /** Without it the others of its category cannot be looked at. */
  readonly needed?: true;
}

export interface CheckCategory {
  readonly name: string;
  readonly checks: readonly Check[];
}

export interface CheckedCategory {
  readonly name: string;
  readonly checks: readonly CheckResult[];
}

export interface CheckResult {
  readonly description: string;
  readonly result: 'success' | 'warning' | 'error';
  /** One line; absent where it passed. */
  readonly error?: string;
}

/** How long until a check is asked again. */
const againAfterMs = 1_000;

/** One after the other; after a needed one that fails, the rest is not looked at, since it would only fail for the same reason. */
export async function runChecks(
  categories: readonly CheckCategory[],
  waitMs: number,
  onRetry: (check: Check, error: string) => void,
): Promise<readonly CheckedCategory[]> {
  const until = Date.now() + waitMs;
  const checked: CheckedCategory[] = [];
  for (const { name, checks } of categories) {
    const results: CheckResult[] = [];
    checked.push({ name, checks: results });
    for (const check of checks) {
      const result = await outcomeOf(check, until, onRetry);
      results.push(result);
      if (check.needed === true && result.error !== undefined) return checked;
    }
  }
  return checked;
}

async function outcomeOf(
  check: Check,
  until: number,
  onRetry: (check: Check, error: string) => void,
): Promise<CheckResult> {
  const { description, onlyWarns, comesWithTime } = check;
  for (;;) {
    try {
      await check.holds();
      return { description, result: 'success' };
    } catch (failure) {
      const error = (failure instanceof Error ? failure.message : String(failure)).replaceAll(
        /\s*\n\s*/g,
        ' ',
      );
      if (comesWithTime !== true || Date.now() + againAfterMs > until)
        return { description, result: onlyWarns === true ? 'warning' : 'error', error };
      onRetry(check, error);
      await sleep(againAfterMs);
    }
  }
}

export function succeeded(categories: readonly CheckedCategory[]): boolean {
  return categories.every(({ checks }) => checks.every(({ result }) => result !== 'error'));
}
