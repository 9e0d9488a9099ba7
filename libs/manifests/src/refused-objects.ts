import { validate } from '@mcp/policy';
import type { ManifestObject } from './manifests.js';

const mostNamed = 3;
/** In manifests a name may be of any length. */
const longestName = 253;

/**
 * How many of the objects a cluster with Linkerd would refuse, and the first of them with the first rule that each breaks:
 * `2 would be refused: Server shop/web: MISSING spec.port, Server shop/api: MISSING spec.port`. Undefined where it would refuse none.
 */
export function refusedObjects(objects: readonly ManifestObject[]): string | undefined {
  const refused = objects.flatMap((object) => {
    const validation = validate(object.raw);
    const violation = validation.judged ? validation.violations[0] : undefined;
    return violation === undefined ? [] : [{ object, violation }];
  });
  if (refused.length === 0) return undefined;
  const first = refused
    .slice(0, mostNamed)
    .map(({ object, violation: { code, field } }) => `${nameOf(object)}: ${code} ${field}`);
  const more = refused.length > mostNamed ? ', …' : '';
  return `${refused.length} would be refused: ${first.join(', ')}${more}`;
}

function nameOf({ kind, raw }: ManifestObject): string {
  const { namespace, name } = raw['metadata'] as { readonly namespace?: string; readonly name: string };
  const full = `${namespace ?? ''}/${name}`;
  return `${kind} ${full.length > longestName ? `${full.slice(0, longestName)}…` : full}`;
}
