import type { ManifestObjects } from '@mcp/manifests';
import {
  type Finding,
  lint,
  lintRules,
  PolicyIndex,
  type Severity,
  validate,
  violationRules,
} from '@mcp/policy';
import type { MeshView } from '@mcp/policy';

/** Something that is wrong with manifests, wherever the rule comes from. */
export interface ManifestFinding {
  /** Of lint, LNK and a number; of admission, its name. */
  readonly code: string;
  readonly severity: Severity;
  readonly title: string;
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string };
  readonly field: string;
  readonly message: string;
  /** Empty where the message says it. */
  readonly advice: string;
  /** File and document; empty where no manifest describes the object. */
  readonly where: string;
}

/**
 * What a cluster with Linkerd would refuse, and what would not do what it seems to do, in the order of the manifests. An object that
 * would be refused has no findings of lint: it would never be there.
 */
export function lintManifests(manifests: ManifestObjects, view: MeshView): readonly ManifestFinding[] {
  const places = new Map(
    manifests.objects.map(({ kind, group, raw, where }) => [keyOf(kindOf(group, kind), raw), where]),
  );
  const refused = manifests.objects.flatMap(refusals);
  const known = new Set(refused.map(({ object }) => textOf(object)));
  const found = [...lint(new PolicyIndex(view))]
    .map((finding) => foundIn(finding, places))
    .filter(({ object }) => !known.has(textOf(object)));
  const order = new Map([...places.values()].map((where, index) => [where, index]));
  const placeOf = ({ where }: ManifestFinding) => order.get(where) ?? order.size;
  return [...refused, ...found].sort((a, b) => placeOf(a) - placeOf(b));
}

function refusals({ group, kind, raw, where }: ManifestObjects['objects'][number]): ManifestFinding[] {
  const validation = validate(raw);
  if (!validation.judged) return [];
  const { namespace = '', name } = raw['metadata'] as { readonly namespace?: string; readonly name: string };
  return validation.violations.map(({ code, field, message }) => ({
    code,
    severity: 'error',
    title: violationRules[code],
    object: { kind: kindOf(group, kind), namespace, name },
    field,
    message,
    advice: '',
    where,
  }));
}

function foundIn(finding: Finding, places: ReadonlyMap<string, string>): ManifestFinding {
  const { code, severity, about, field, message, advice } = finding;
  const { kind, namespace, name } = about.kind === 'object' ? about.key : about.ref;
  const object = { kind, namespace, name };
  const where = places.get(textOf(object)) ?? '';
  return { code, severity, title: lintRules[code].title, object, field, message, advice, where };
}

/** As findings name it. */
function kindOf(group: string, kind: string): string {
  return group === 'gateway.networking.k8s.io' && kind === 'HTTPRoute' ? 'GatewayHTTPRoute' : kind;
}

function keyOf(kind: string, raw: Readonly<Record<string, unknown>>): string {
  const { namespace = '', name } = raw['metadata'] as { readonly namespace?: string; readonly name: string };
  return textOf({ kind, namespace, name });
}

function textOf({ kind, namespace, name }: ManifestFinding['object']): string {
  return `${kind} ${namespace}/${name}`;
}
