import { isInjected, podOfTemplate } from '@mcp/linkerd';
import { isRecord } from './list-items.js';
import type { ManifestObject, ManifestObjects } from './manifests.js';

export interface TemplatePods {
  readonly manifests: ManifestObjects;
  /** Namespaces of which the manifests have no pod and nothing that makes pods: what runs there is not known. */
  readonly withoutPods: readonly string[];
}

/**
 * The manifests with one pod for each controller, made of its template, in the namespaces of which they have no pods. A dump of a
 * cluster has them and stays as it is; what is kept in Git seldom does.
 *
 * Where neither template nor namespace says whether the proxy is injected, and the namespace is not among the manifests, the pod is
 * taken as one that has it: policy is written for those.
 */
export function withTemplatePods(manifests: ManifestObjects): TemplatePods {
  const { objects } = manifests;
  const namespaces = new Map(
    objects.filter(isCore('Namespace')).map((object) => [nameOf(object), annotationsOf(object.raw)]),
  );
  const inhabited = new Set(objects.filter(isCore('Pod')).map(namespaceOf));
  const pods = objects.flatMap((object) => {
    const namespace = namespaceOf(object);
    const pod = inhabited.has(namespace) ? undefined : podFor(object, namespaces.get(namespace));
    return pod ?? [];
  });
  const known = new Set([...inhabited, ...pods.map(namespaceOf)]);
  const all = new Set([...namespaces.keys(), ...objects.map(namespaceOf).filter((name) => name !== '')]);
  return {
    manifests: { ...manifests, objects: [...objects, ...pods] },
    withoutPods: [...all].filter((name) => !known.has(name)).sort(),
  };
}

function podFor(
  object: ManifestObject,
  namespace: Readonly<Record<string, unknown>> | undefined,
): ManifestObject | undefined {
  const template = templateOf(object);
  if (template === undefined) return undefined;
  const metadata = recordAt(template, 'metadata');
  const { uid } = object.raw['metadata'] as { readonly uid: string };
  const injected = isInjected(recordAt(metadata, 'annotations'), namespace) ?? true;
  const controller = { kind: object.kind, name: nameOf(object), uid };
  const raw = podOfTemplate(
    {
      namespace: namespaceOf(object),
      controller,
      namespaceAnnotations: namespace ?? {},
      metadata,
      spec: recordAt(template, 'spec'),
    },
    injected,
  );
  const { where, namesNamespace } = object;
  return { group: '', version: 'v1', kind: 'Pod', raw: { ...raw }, namesNamespace, where };
}

/** A ReplicaSet or Job that a controller owns is counted with its owner. */
function templateOf({ group, kind, raw }: ManifestObject): Readonly<Record<string, unknown>> | undefined {
  const spec = recordAt(raw, 'spec');
  const holder =
    group === 'batch' && kind === 'CronJob' ? recordAt(recordAt(spec, 'jobTemplate'), 'spec') : spec;
  const template = holder['template'];
  const makesPods = (group === 'apps' && appKinds.has(kind)) || (group === 'batch' && batchKinds.has(kind));
  const owned = Array.isArray(recordAt(raw, 'metadata')['ownerReferences']);
  return makesPods && !owned && isRecord(template) ? template : undefined;
}

const appKinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']);
const batchKinds = new Set(['Job', 'CronJob']);

function isCore(kind: string) {
  return (object: ManifestObject): boolean => object.group === '' && object.kind === kind;
}

function annotationsOf(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return recordAt(recordAt(raw, 'metadata'), 'annotations');
}

function recordAt(
  holder: Readonly<Record<string, unknown>>,
  field: string,
): Readonly<Record<string, unknown>> {
  const value = holder[field];
  return isRecord(value) ? value : {};
}

function nameOf({ raw }: ManifestObject): string {
  return (raw['metadata'] as { readonly name: string }).name;
}

/** Empty for a Namespace. */
function namespaceOf({ raw }: ManifestObject): string {
  const { namespace } = raw['metadata'] as { readonly namespace?: unknown };
  return typeof namespace === 'string' ? namespace : '';
}
