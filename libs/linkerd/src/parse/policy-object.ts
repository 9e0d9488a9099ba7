import type { Labels, PolicyObjectState, ReportedCondition } from '@mcp/mesh';
import { changeIdAnnotation, revisionAnnotation } from '../names.js';
import type { Field } from './field.js';
import { read } from './field.js';
import { fieldOwnersOf } from './field-owners.js';
import { gitOpsToolOf } from './git-ops.js';
import { identityOfNamespaced, labelsOf } from './metadata.js';
import type { Parsed } from './parsed.js';

/** What every policy object has, around the spec that only its kind can read. */
export function parsePolicyObject<Spec>(
  raw: unknown,
  readSpec: (spec: Field) => Spec,
  readConditions: (object: Field) => readonly ReportedCondition[] = () => [],
): Parsed<PolicyObjectState<Spec>> {
  return read(raw, (object) => {
    const labels = labelsOf(object);
    const annotations = object.at('metadata').at('annotations').labels();
    const fieldOwners = fieldOwnersOf(object);
    const change = changeOf(annotations);
    const gitOps = gitOpsToolOf(labels, annotations, fieldOwners);
    const spec = object.at('spec');
    spec.object();
    return {
      ...identityOfNamespaced(object),
      labels,
      spec: readSpec(spec),
      fieldOwners,
      ...(change && { change }),
      ...(gitOps !== undefined && { gitOps }),
      conditions: readConditions(object),
    };
  });
}

/** Both annotations, or it is not ours. */
function changeOf(annotations: Labels): { id: string; revision: number } | undefined {
  const id = annotations[changeIdAnnotation];
  const revision = annotations[revisionAnnotation];
  if (id === undefined || id === '' || revision === undefined || !/^[1-9]\d{0,14}$/.test(revision))
    return undefined;
  return { id, revision: Number(revision) };
}
