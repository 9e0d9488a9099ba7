export type Labels = Readonly<Record<string, string>>;

/** Both parts must hold; an empty selector matches everything. */
export interface LabelSelector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly LabelExpression[];
}

/** `values` is undefined where the object does not have the key at all, which Linkerd tells apart from an empty list. */
export interface LabelExpression {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

/**
 * Whether labels match a selector, as Linkerd decides it: `NotIn` holds where the label is absent; an expression that is
 * illegal (`In` without values, `Exists` with a list of values, even an empty one) never holds.
 * Source: linkerd2 policy-controller/k8s/api/src/labels.rs (read at b24cd40).
 */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels)) {
    if (labels[key] !== value) return false;
  }
  return selector.matchExpressions.every((expression) => holds(expression, labels));
}

function holds({ key, operator, values }: LabelExpression, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return values !== undefined && value !== undefined && values.includes(value);
    case 'NotIn':
      return values !== undefined && (value === undefined || !values.includes(value));
    case 'Exists':
      return values === undefined && value !== undefined;
    case 'DoesNotExist':
      return values === undefined && value === undefined;
  }
}
