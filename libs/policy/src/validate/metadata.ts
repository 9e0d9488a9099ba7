import type { ObjectUnderAdmission } from './admission-rules.js';
import { dnsName, namePrefix } from './forms.js';
import { admitted, type Form, type ObjectSchema } from './schema.js';
import { isJsonObject, SpecPart } from './spec-part.js';
import type { Findings } from './violation.js';

/** Source: Kubernetes apimachinery, pkg/api/validation/objectmeta.go, with the names of custom resources. */
const schema: ObjectSchema = {
  type: 'object',
  fields: {
    name: { type: 'text', most: 253, form: orEmpty(dnsName) },
    generateName: { type: 'text', most: 253, form: orEmpty(namePrefix) },
    namespace: { type: 'text' },
    annotations: { type: 'free-object' },
  },
  rule: requireName,
};

/** An empty text is as good as none. */
function orEmpty({ words, fits }: Form): Form {
  return { words, fits: (text) => text === '' || fits(text) };
}

function requireName(metadata: SpecPart, findings: Findings): void {
  const isGiven = (name: string): boolean => metadata.has(name) && metadata.text(name) !== '';
  if (isGiven('name') || isGiven('generateName')) return;
  findings.schema('MISSING', 'metadata.name', 'metadata.name is required, or metadata.generateName');
}

/** What admission asks of the metadata of every object, and what the webhook reads of it. */
export function readMetadata(metadata: unknown, findings: Findings): Omit<ObjectUnderAdmission, 'spec'> {
  const admittedMetadata = admitted(schema, metadata ?? {}, 'metadata', findings);
  const part = new SpecPart(isJsonObject(admittedMetadata) ? admittedMetadata : {}, 'metadata');
  const annotations: [string, string][] = [];
  for (const [name, value] of part.part('annotations')?.entries() ?? []) {
    if (typeof value === 'string') {
      annotations.push([name, value]);
    } else {
      const field = `metadata.annotations.${name.slice(0, 80)}`;
      findings.schema('WRONG_TYPE', field, `${field} is not a text; put its value in quotes`);
    }
  }
  const namespace = part.text('namespace');
  return {
    namespace: namespace === '' ? undefined : namespace,
    annotations: Object.fromEntries(annotations),
  };
}
