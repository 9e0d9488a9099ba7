import { canonicalJson } from './canonical-json.js';
import type { ReportedCondition } from './policy-objects.js';

/** Controllers write their conditions in no particular order; in this one, equal sets are equal lists. */
export function inConditionOrder(conditions: readonly ReportedCondition[]): readonly ReportedCondition[] {
  return conditions
    .map((condition) => ({ condition, key: canonicalJson(condition) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ condition }) => condition);
}
