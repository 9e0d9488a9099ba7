import type { LabelSelector } from '@mcp/mesh';
import type { Field } from './field.js';

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/** Keeps apart an expression without `values` and one whose list is empty: Linkerd does. */
export function readLabelSelector(selector: Field): LabelSelector {
  selector.object();
  return {
    matchLabels: selector.at('matchLabels').labels(),
    matchExpressions: selector.at('matchExpressions').list((expression) => {
      const values = expression.at('values').optional((list) => list.strings());
      return {
        key: expression.at('key').string(),
        operator: expression.at('operator').oneOf(operators),
        ...(values && { values }),
      };
    }),
  };
}
