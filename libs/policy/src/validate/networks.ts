import { cidrContains, readCidr } from '../matching/network.js';
import type { Schema } from './schema.js';
import type { SpecPart } from './spec-part.js';
import { type Findings, quoted } from './violation.js';

export const networksSchema: Schema = {
  type: 'list',
  items: {
    type: 'object',
    required: ['cidr'],
    fields: { cidr: { type: 'text' }, except: { type: 'list', items: { type: 'text' } } },
  },
};

/** Each network and exception can be read, and each exception takes a part out of its own network. */
export function checkNetworks(spec: SpecPart, findings: Findings): void {
  for (const network of spec.parts('networks')) {
    if (findings.full) return;
    const text = network.text('cidr');
    const cidr = text === undefined ? undefined : readOrRefuse(text, network.at('cidr'), findings);
    for (const { text: exceptText, field } of network.texts('except')) {
      const except = readOrRefuse(exceptText, field, findings);
      if (cidr === undefined || except === undefined) continue;
      const [outer, inner] = [quoted(text ?? ''), quoted(exceptText)];
      if (cidrContains(except, cidr)) {
        findings.webhook(
          'EXCEPT_NEGATES_NETWORK',
          field,
          `the exception ${inner} leaves nothing of ${outer}; narrow it, or remove the network`,
        );
      } else if (!cidrContains(cidr, except)) {
        findings.webhook(
          'EXCEPT_OUTSIDE_NETWORK',
          field,
          `the exception ${inner} is not within ${outer}; an exception takes a part out of its own network`,
        );
      }
    }
  }
}

/** A kind that lists networks needs one at least. */
export function requireNetwork(spec: SpecPart, findings: Findings): void {
  if (!spec.has('networks') || spec.count('networks') > 0) return;
  findings.webhook(
    'NO_NETWORKS',
    spec.at('networks'),
    `${spec.at('networks')} is empty; list one network at least`,
  );
}

function readOrRefuse(text: string, field: string, findings: Findings): ReturnType<typeof readCidr> {
  const cidr = readCidr(text);
  if (cidr === undefined) {
    findings.webhook(
      'NOT_A_NETWORK',
      field,
      `${quoted(text)} is neither an address nor a CIDR, as 10.0.0.0/8 or fd00::/8`,
    );
  }
  return cidr;
}
