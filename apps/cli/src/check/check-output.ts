import type { Paint } from '../output/paint.js';
import type { CheckedCategory, CheckResult } from './check-run.js';
import { succeeded } from './check-run.js';

export type CheckFormat = 'table' | 'short' | 'json';

/**
 * As `linkerd check` prints it, so that it can print ours among its own. `short` leaves out what passed.
 * Source: linkerd2 pkg/healthcheck/healthcheck_output.go, CheckOutput and runChecksTable.
 */
export function checkOutput(
  categories: readonly CheckedCategory[],
  format: CheckFormat,
  paint: Paint,
): string {
  const success = succeeded(categories);
  if (format === 'json') {
    const told = categories.map(({ name, checks }) => ({
      categoryName: name,
      checks: checks.map(({ description, error, result }) => ({
        description,
        ...(error !== undefined && { error }),
        result,
      })),
    }));
    return `${JSON.stringify({ success, categories: told }, null, 2)}\n`;
  }
  const shown = categories
    .map(({ name, checks }) => ({
      name,
      checks: format === 'short' ? checks.filter(({ result }) => result !== 'success') : checks,
    }))
    .filter(({ checks }) => checks.length > 0)
    .map(
      ({ name, checks }) =>
        `${name}\n${'-'.repeat(name.length)}\n${checks.map((each) => resultText(each, paint)).join('')}\n`,
    );
  return `${shown.join('')}Status check results are ${success ? paint('good', '√') : paint('bad', '×')}\n`;
}

function resultText({ description, result, error }: CheckResult, paint: Paint): string {
  const mark = { success: paint('good', '√'), warning: paint('doubtful', '‼'), error: paint('bad', '×') }[
    result
  ];
  return `${mark} ${description}\n${error === undefined ? '' : `    ${error}\n`}`;
}
