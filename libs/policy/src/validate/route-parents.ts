import { policyGroup } from '../names.js';
import { dnsName, groupText, kindText, nameText, namespaceText } from './forms.js';
import { isOneOf, referredKind } from './reference.js';
import type { IntegerSchema, ListSchema } from './schema.js';
import type { SpecPart } from './spec-part.js';
import type { Findings } from './violation.js';

export const portNumber: IntegerSchema = { type: 'integer', least: 1, most: 65_535 };

/** The parents of a route; a group that is not given is `group`, a kind that is not given is Gateway. */
export function parentsSchema(group: string, port = portNumber): ListSchema {
  return {
    type: 'list',
    most: 32,
    items: {
      type: 'object',
      required: ['name'],
      fields: {
        group: { ...groupText, default: group },
        kind: { ...kindText, default: 'Gateway' },
        name: nameText,
        namespace: namespaceText,
        port,
        sectionName: { type: 'text', least: 1, most: 253, form: dnsName },
      },
    },
  };
}

export function isEgressNetwork(parent: SpecPart): boolean {
  return isOfKind(parent, policyGroup, 'EgressNetwork');
}

export function isService(parent: SpecPart): boolean {
  return isOfKind(parent, '', 'Service');
}

function isOfKind(parent: SpecPart, group: string, kind: string): boolean {
  const referred = referredKind(parent);
  return referred !== undefined && isOneOf(referred, [{ group, kind }]);
}

/** What the webhook asks of the parents of every kind of route. */
export function checkParents(spec: SpecPart, findings: Findings): void {
  for (const parent of spec.parts('parentRefs')) {
    if (!isEgressNetwork(parent) || parent.has('port')) continue;
    findings.webhook(
      'EGRESS_PARENT_WITHOUT_PORT',
      parent.at('port'),
      `${parent.at('port')} is required, since the parent is an EgressNetwork`,
    );
  }
}

/** What the schemas of the Gateway API ask: parents that are one object must say which part of it each of them means. */
export function refuseRepeatedParents(spec: SpecPart, findings: Findings): void {
  const parents = spec.parts('parentRefs');
  parents.forEach((parent, index) => {
    const repeated = parents.slice(0, index).some((earlier) => repeats(parent, earlier));
    if (!repeated) return;
    findings.schema(
      'PARENT_REPEATED',
      parent.at(),
      'the parent is listed before; give both a sectionName or a port, and not the same',
    );
  });
}

function repeats(a: SpecPart, b: SpecPart): boolean {
  const same = (name: string): boolean => a.text(name) === b.text(name);
  if (!['group', 'kind', 'name', 'namespace'].every(same)) return false;
  if (a.has('sectionName') !== b.has('sectionName') || a.has('port') !== b.has('port')) return true;
  return same('sectionName') && a.number('port') === b.number('port');
}
