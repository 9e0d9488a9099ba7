import { groupText, kindText, nameText, namespaceText } from './forms.js';
import { portNumber } from './route-parents.js';
import type { Schema } from './schema.js';
import type { SpecPart } from './spec-part.js';
import type { Findings } from './violation.js';

/** What a reference to a backend has; a kind that is not given is Service. */
export const backendFields: Readonly<Record<string, Schema>> = {
  group: { ...groupText, default: '' },
  kind: { ...kindText, default: 'Service' },
  name: nameText,
  namespace: namespaceText,
  port: portNumber,
};

/** What a backend of a route has beside it. */
export const weightedBackendFields: Readonly<Record<string, Schema>> = {
  ...backendFields,
  weight: { type: 'integer', least: 0, most: 1_000_000, default: 1 },
};

/** What the schemas of the Gateway API ask of a backend. */
export function requireBackendPort(backend: SpecPart, findings: Findings): void {
  if (backend.text('group') !== '' || backend.text('kind') !== 'Service' || backend.has('port')) return;
  findings.schema('BACKEND_WITHOUT_PORT', backend.at('port'), missingPort(backend));
}

/** What the webhook asks of the backends of a rule: it takes the group `core` for none, as the schema does not. */
export function checkBackends(rule: SpecPart, findings: Findings): void {
  for (const backend of rule.parts('backendRefs')) {
    if (!['', 'core'].includes(backend.text('group') ?? '-')) continue;
    if (backend.text('kind') !== 'Service' || backend.has('port')) continue;
    findings.webhook('BACKEND_WITHOUT_PORT', backend.at('port'), missingPort(backend));
  }
}

function missingPort(backend: SpecPart): string {
  return `${backend.at('port')} is required, since the backend is a Service`;
}
