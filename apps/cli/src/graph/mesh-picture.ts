import { type Edge, type EdgeSample, type Entity, type Service, type Workload } from '@mcp/contracts';
import { workloadText } from '../output/in-words.js';

/** What is drawn of a graph, each list in the order of its names. */
export interface MeshPicture {
  readonly workloads: readonly Workload[];
  readonly services: readonly Service[];
  readonly edges: readonly PictureEdge[];
}

export interface PictureEdge {
  readonly key: string;
  readonly edge: Edge;
  /** Absent where nothing is known of now. */
  readonly sample?: EdgeSample;
}

export function meshPicture(
  entities: readonly Entity[],
  rates: readonly { readonly edge: string; readonly sample: EdgeSample | undefined }[],
): MeshPicture {
  const samples = new Map(rates.map(({ edge, sample }) => [edge, sample]));
  const workloads: Workload[] = [];
  const services: Service[] = [];
  const edges: PictureEdge[] = [];
  for (const { key, entity } of entities) {
    if (entity?.$case === 'workload') workloads.push(entity.workload);
    if (entity?.$case === 'service') services.push(entity.service);
    if (entity?.$case === 'edge') {
      const sample = samples.get(key);
      edges.push({ key, edge: entity.edge, ...(sample && { sample }) });
    }
  }
  return {
    workloads: sortedBy(workloads, ({ ref }) => workloadText(ref)),
    services: sortedBy(services, ({ namespace, name }) => `${namespace}/${name}`),
    edges: sortedBy(edges, ({ key }) => key),
  };
}

function sortedBy<T>(values: readonly T[], textOf: (value: T) => string): readonly T[] {
  return values
    .map((value) => ({ value, text: textOf(value) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ value }) => value);
}
