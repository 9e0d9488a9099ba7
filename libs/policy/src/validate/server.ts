import { defaultPolicies, proxyProtocols } from '@mcp/mesh';
import type { AdmissionRules } from './admission-rules.js';
import { checkLabels, oldSelectorSchema, selectorSchema } from './label-selector.js';
import type { ObjectSchema, Schema } from './schema.js';
import type { SpecPart } from './spec-part.js';
import { type Findings, quoted } from './violation.js';

const selectors = ['podSelector', 'externalWorkloadSelector'] as const;

const portAndProtocol = {
  port: { type: 'int-or-text' },
  proxyProtocol: { type: 'text', default: 'unknown' },
} as const;

function podServer(podSelector: Schema): ObjectSchema {
  return { type: 'object', required: ['podSelector', 'port'], fields: { podSelector, ...portAndProtocol } };
}

function anyServer(more: Readonly<Record<string, Schema>> = {}): ObjectSchema {
  return {
    type: 'object',
    required: ['port'],
    oneOf: selectors,
    fields: {
      podSelector: selectorSchema,
      externalWorkloadSelector: selectorSchema,
      ...portAndProtocol,
      ...more,
    },
  };
}

export const serverRules: AdmissionRules = {
  schemas: {
    v1alpha1: podServer(oldSelectorSchema),
    v1beta1: podServer(selectorSchema),
    v1beta2: anyServer(),
    v1beta3: anyServer({ accessPolicy: { type: 'text', default: 'deny' } }),
  },
  webhook({ spec }, findings) {
    for (const selector of selectors) checkLabels(spec.part(selector), findings);
    checkPort(spec, findings);
    checkWord(spec, 'proxyProtocol', proxyProtocols, 'NOT_A_PROTOCOL', findings);
    checkWord(spec, 'accessPolicy', defaultPolicies, 'NOT_AN_ACCESS_POLICY', findings);
  },
};

function checkPort(spec: SpecPart, findings: Findings): void {
  const port = spec.number('port');
  if (port === undefined || (port >= 1 && port <= 65_535)) return;
  findings.webhook(
    'NOT_A_PORT',
    spec.at('port'),
    `${spec.at('port')} is ${port}; it must be from 1 to 65535, or the name of a port`,
  );
}

/** The schema leaves the word open; case matters. */
function checkWord(
  spec: SpecPart,
  name: string,
  words: readonly string[],
  code: 'NOT_A_PROTOCOL' | 'NOT_AN_ACCESS_POLICY',
  findings: Findings,
): void {
  const word = spec.text(name);
  if (word === undefined || words.includes(word)) return;
  findings.webhook(
    code,
    spec.at(name),
    `${spec.at(name)} is ${quoted(word)}; it must be one of ${words.join(', ')}`,
  );
}
