import type { Labels, ObjectIdentity, OwnerRef } from '@mcp/mesh';
import { linkerdReads } from '../names.js';
import type { Field } from './field.js';

/** RFC 3339, as the API server writes it. */
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** A point in time, in milliseconds since the epoch. */
export function timeMs(field: Field): number {
  const text = field.string();
  const ms = timestamp.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? field.fail('WRONG_TYPE', `${field.path} is not a time: ${text}`) : ms;
}

/** Who a namespaced object is. */
export function identityOfNamespaced(object: Field): ObjectIdentity {
  const metadata = object.at('metadata');
  return {
    namespace: metadata.at('namespace').text(),
    name: metadata.at('name').text(),
    uid: metadata.at('uid').text(),
    createdAt: timeMs(metadata.at('creationTimestamp')),
  };
}

/** The controller that owns the object; other owners do not run it. */
export function controllingOwner(object: Field): OwnerRef | undefined {
  return object
    .at('metadata')
    .at('ownerReferences')
    .list((owner) => ({
      controls: owner.at('controller').optional((flag) => flag.boolean()) ?? false,
      ref: { kind: owner.at('kind').text(), name: owner.at('name').text(), uid: owner.at('uid').text() },
    }))
    .find((owner) => owner.controls)?.ref;
}

export function labelsOf(object: Field): Labels {
  return object.at('metadata').at('labels').labels();
}

/** Only the annotations that Linkerd reads: the others change often and mean nothing to the mesh. */
export function linkerdAnnotationsOf(object: Field): Labels {
  const annotations = object.at('metadata').at('annotations').labels();
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => linkerdReads(name)));
}
