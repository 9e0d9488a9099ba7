import type { Schema } from './schema.js';
import type { SpecPart } from './spec-part.js';
import { type Findings, quoted } from './violation.js';

const expressions: Schema = {
  type: 'list',
  items: {
    type: 'object',
    required: ['key', 'operator'],
    fields: {
      key: { type: 'text' },
      operator: { type: 'text', oneOf: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
      values: { type: 'list', items: { type: 'text' } },
    },
  },
};

const fields = { matchLabels: { type: 'free-object' }, matchExpressions: expressions } as const;

export const selectorSchema: Schema = { type: 'object', fields };

/** The pod selector of the oldest Servers, which has labels or expressions, not both and not neither. */
export const oldSelectorSchema: Schema = {
  type: 'object',
  fields,
  oneOf: ['matchLabels', 'matchExpressions'],
};

/** The schema leaves the values of labels open; Linkerd reads texts only. */
export function checkLabels(selector: SpecPart | undefined, findings: Findings): void {
  const labels = selector?.part('matchLabels');
  for (const [key, value] of labels?.entries() ?? []) {
    if (findings.full) return;
    if (typeof value === 'string') continue;
    const message = `the label ${quoted(key)} is not a text; put its value in quotes`;
    findings.webhook('LABEL_NOT_TEXT', labels?.at(key.slice(0, 80)) ?? '', message);
  }
}
