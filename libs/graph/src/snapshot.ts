import type { EventData } from '@mcp/events';
import type { ObjectState, ResourceKind } from '@mcp/mesh';
import type { EdgeNode } from './entity.js';
import type { Desired, Facts, SourceFact, TelemetryFact, Unreadable } from './facts.js';
import { factsOf, homeOf, objectsOf } from './facts.js';
import type { MeshGraph } from './mesh-graph.js';

/** Of the encoded form and of the fold: rises when either changes, which makes older snapshots useless. */
export const graphVersion = 2;

/** Small enough to be written without a pause that others notice. */
const chunkBytes = 256 * 1024;

/** One fact. A snapshot is the list of all, cut into chunks, each a JSON array. */
type FactRecord =
  | readonly ['object', ResourceKind, ObjectState]
  | readonly ['unreadable', Unreadable]
  | readonly ['desired', Desired]
  | readonly ['pod-shape', EventData<'PodShapeObserved'>]
  | readonly ['source', SourceFact]
  | readonly ['scope', Facts['scope']]
  | readonly ['edge', string, EdgeNode]
  | readonly ['telemetry', TelemetryFact];

/** Chunks of JSON of about 256 KiB; one is larger where a single fact is. The graph must not change before the last is taken. */
export function* encodeGraph(graph: MeshGraph): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let records: string[] = [];
  let length = 0;
  for (const record of recordsOf(graph.facts)) {
    const text = JSON.stringify(record);
    if (length + text.length > chunkBytes && records.length > 0) {
      yield encoder.encode(`[${records.join()}]`);
      records = [];
      length = 0;
    }
    records.push(text);
    length += text.length;
  }
  yield encoder.encode(`[${records.join()}]`);
}

/** Takes one chunk of an encoded graph; a new graph that takes all of them, in order, is the graph that was encoded. */
export function restoreGraph(graph: MeshGraph, chunk: Uint8Array): MeshGraph {
  const records = JSON.parse(new TextDecoder().decode(chunk)) as readonly FactRecord[];
  graph.restore((facts) => {
    for (const record of records) restore(facts, record);
  });
  return graph;
}

function* recordsOf(facts: Facts): Generator<FactRecord> {
  yield ['scope', facts.scope];
  for (const source of facts.sources.values()) yield ['source', source];
  for (const shape of facts.podShapes.values()) yield ['pod-shape', shape];
  for (const { objects, unreadable, desired } of facts.namespaces.values()) {
    for (const kind of Object.keys(objects) as ResourceKind[])
      for (const object of objects[kind]?.values() ?? []) yield ['object', kind, object];
    for (const object of unreadable.values()) yield ['unreadable', object];
    for (const wish of desired.values()) yield ['desired', wish];
  }
  for (const [id, edge] of facts.edges.entries()) yield ['edge', id, edge];
  if (facts.telemetry !== undefined) yield ['telemetry', facts.telemetry];
}

function restore(facts: Facts, record: FactRecord): void {
  switch (record[0]) {
    case 'object': {
      const [, kind, object] = record;
      objectsOf(factsOf(facts, homeOf(kind, object)), kind).set(object.uid, object);
      if (kind === 'Pod' && 'shape' in object) facts.podShapes.move(undefined, object.shape);
      return;
    }
    case 'unreadable': {
      const [, object] = record;
      factsOf(facts, homeOf(object.key.kind, object.key)).unreadable.set(object.uid, object);
      return;
    }
    case 'desired': {
      const [, { key }] = record;
      factsOf(facts, key.namespace).desired.set(`${key.kind}/${key.name}`, record[1]);
      return;
    }
    case 'pod-shape':
      facts.podShapes.record(record[1].hash, record[1]);
      return;
    case 'source':
      facts.sources.set(record[1].kind, record[1]);
      return;
    case 'scope':
      facts.scope = record[1];
      return;
    case 'edge':
      facts.edges.set(record[1], record[2]);
      return;
    case 'telemetry':
      facts.telemetry = record[1];
      return;
  }
}
