import { deepEqual, differingFields, type DifferingField } from '@mcp/mesh';
import type { WorkloadNode } from './entity.js';
import { inGraphOrder } from './graph-filter.js';
import type { SeenEntity } from './seen/seen-entity.js';

/** What became of one entity between two graphs. */
export type EntityChange =
  | { readonly what: 'added'; readonly after: SeenEntity }
  | { readonly what: 'removed'; readonly before: SeenEntity }
  | {
      readonly what: 'changed';
      readonly before: SeenEntity;
      readonly after: SeenEntity;
      /** Dotted, from the value of the entity; in order. A list differs as a whole. */
      readonly fields: readonly DifferingField[];
    };

/** Entities compared between two pauses. */
const atOnce = 500;

/**
 * What is different, in the order of the graph, for people who ask what happened: when something was last seen, by which poll, and who owns a field
 * that says the same is no change. Pauses in between.
 */
export function* changesBetween(
  before: Iterable<SeenEntity>,
  after: Iterable<SeenEntity>,
): Generator<void, readonly EntityChange[]> {
  const left = new Map([...before].map((entity) => [entity.key, entity]));
  const changes: EntityChange[] = [];
  let compared = 0;
  for (const entity of after) {
    const former = left.get(entity.key);
    left.delete(entity.key);
    if (former === undefined) changes.push({ what: 'added', after: entity });
    else {
      const fields = fieldsBetween(former, entity);
      if (fields.length > 0) changes.push({ what: 'changed', before: former, after: entity, fields });
    }
    compared += 1;
    if (compared % atOnce === 0) yield;
  }
  for (const entity of left.values()) changes.push({ what: 'removed', before: entity });
  return changes.sort((a, b) => inGraphOrder(entityOf(a), entityOf(b)));
}

/** As it is, or as it was where it is gone. */
export function entityOf(change: EntityChange): SeenEntity {
  return change.what === 'removed' ? change.before : change.after;
}

function fieldsBetween(before: SeenEntity, after: SeenEntity): readonly DifferingField[] {
  if (deepEqual(before.value, after.value)) return [];
  const [a, b] = [lastingOf(before), lastingOf(after)];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return names.flatMap((name) => differingFields(name, a[name], b[name]));
}

/** Of each kind, what moves while nothing happens. */
const restless: Readonly<Partial<Record<SeenEntity['kind'], readonly string[]>>> = {
  Edge: ['lastSeenAt', 'seen'],
  PolicyObject: ['fieldOwners', 'change', 'conditions'],
  Source: ['since'],
  Telemetry: ['since', 'lastAt', 'proxies'],
};

function lastingOf(entity: SeenEntity): Record<string, unknown> {
  const left = restless[entity.kind] ?? [];
  const lasting = Object.fromEntries(Object.entries(entity.value).filter(([name]) => !left.includes(name)));
  return entity.kind === 'Workload' ? { ...lasting, ports: byNumber(entity.value) } : lasting;
}

/** So that a port is told without all others. */
function byNumber({ ports }: WorkloadNode): Record<string, unknown> {
  return Object.fromEntries(
    ports.map(({ number, protocol, ...port }) => [
      protocol === 'TCP' ? number : `${number}/${protocol}`,
      port,
    ]),
  );
}
