import type { DriftingObject, ListDriftResponse } from '@mcp/contracts';
import { objectDrift, whyNotApplied, type DesiredObject, type DesiredStates } from '@mcp/desired-state';
import { formatPosition } from '@mcp/events';
import type { ResourceKey, VisibleNamespaces } from '@mcp/mesh';
import { sourcesIn } from '../changes/list-changes.js';
import type { Following } from '../following.js';
import { toTime } from '../graph/graph-messages.js';
import type { Collector } from '../policy-answers/answer-basis.js';
import { driftingObjectToProto } from '../to-proto/drifting-object.to-proto.js';

const mostObjects = 1_000;

/** Answers which objects are not as they were asked to be. */
export class ListDrift {
  constructor(
    private readonly desired: Following<DesiredStates>,
    private readonly collector: Collector,
  ) {}

  /** `namespaces` empty: all that may be seen. */
  list(namespaces: readonly string[], visible: VisibleNamespaces): ListDriftResponse {
    const { state, position, recordedAt } = this.desired.now;
    const objects: DriftingObject[] = [];
    let more = false;
    for (const [id, object] of [...state.objects].sort(byNamespace)) {
      const { namespace } = object.key;
      if (!visible.has(namespace) || (namespaces.length > 0 && !namespaces.includes(namespace))) continue;
      if (!isTold(state, id, object)) continue;
      if (objects.length === mostObjects) {
        more = true;
        break;
      }
      objects.push(driftingObjectToProto(state, object, visible));
    }
    return {
      basis: {
        position: formatPosition(position),
        recordedAt: toTime({ position: '', recordedAt }),
        sources: sourcesIn(state, visible),
        collector: this.collector.presence,
      },
      objects,
      more,
    };
  }
}

/** What deviates and does not wait to be applied, and what somebody set a mode for. */
function isTold(states: DesiredStates, id: string, object: DesiredObject): boolean {
  const drift = objectDrift(states, object.key)?.drift;
  const mode = states.driftModes.get(id);
  if (mode?.mode === 'enforce' || mode?.stopped !== undefined) return true;
  return drift === 'drifted' || drift === 'deleted' || whyNotApplied(states, object) !== undefined;
}

type Entry = readonly [string, { readonly key: ResourceKey }];

function byNamespace([, { key: a }]: Entry, [, { key: b }]: Entry): number {
  const name = (key: ResourceKey) => `${key.namespace}/${key.kind}/${key.name}`;
  return name(a) < name(b) ? -1 : 1;
}
