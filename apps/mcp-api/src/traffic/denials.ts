import { CallerKind, Denial, type DenialKind, ListDenialsResponse } from '@mcp/contracts';
import { formatPosition } from '@mcp/events';
import type { MeshView } from '@mcp/policy';
import {
  type ClientSeen,
  refusals as refusalKinds,
  type VisibleNamespaces,
  type WorkloadRef,
} from '@mcp/mesh';
import { stepInSlices } from '@mcp/runtime';
import {
  type RefusalFilter,
  type RefusalPage,
  type RefusalPlace,
  type Refusals,
  seenRefusals,
} from '@mcp/traffic';
import type { Following } from '../following.js';
import { toTime } from '../graph/graph-messages.js';
import { largestPageBytes } from '../graph/graph-pages.js';
import { findNamespace, findWorkload, isInScope, seenMesh } from '../policy-answers/find-in-mesh.js';
import { questionKey } from '../policy-answers/thread/page-token.js';
import { denialKinds } from '../to-proto/denial.to-proto.js';
import { formatPlace, parsePlace } from './page-place.js';
import type { ToldDenials } from './told-denials.js';
import type { TrafficGraphs } from './traffic-graph.js';
import { unreadDenials } from './unread-denials.js';

export interface DenialsQuestion {
  /** Empty: all. */
  readonly namespace: string;
  readonly workload?: WorkloadRef;
  readonly client?: { readonly identity: string; readonly kind: CallerKind };
  /** Empty: all. */
  readonly kinds: readonly DenialKind[];
  readonly since?: Date;
  /** 0: as much as fits. */
  readonly pageBytes: number;
  readonly pageToken: string;
}

/** Read at once; the smallest that is told of one is some 100 bytes. */
const refusalsAtOnce = 1_000;

/** Answers who was refused. Answers are encoded. */
export class Denials {
  constructor(
    private readonly refusals: Following<Refusals>,
    private readonly graphs: TrafficGraphs,
    private readonly told: ToldDenials,
  ) {}

  /**
   * Fails with INVALID_REQUEST for a page token of something else, and with NAMESPACE_NOT_FOUND, WORKLOAD_NOT_FOUND or SOURCE_NOT_LIVE for what
   * the mesh does not have, or may not be seen, and that has refused nothing.
   */
  async list(
    { pageBytes, pageToken, ...asked }: DenialsQuestion,
    visible: VisibleNamespaces,
  ): Promise<Uint8Array> {
    const question = questionKey([asked, visible.key]);
    const place = parsePlace(pageToken, question, isPlace);
    await stepInSlices(this.told.take((await this.graphs.now()).graph.meshView()));
    const { graph, basis } = await this.graphs.now(visible);
    // to be read at once: the next event may change the state in place
    const { state, position, recordedAt } = this.refusals.now;
    const seen = seenRefusals(state, visible);
    const after = place && { lastAt: place[0], subject: place[1] };
    const filter = filterOf(seen, seenMesh(graph.meshView(), visible), asked);
    const found = seen.page(filter, { limit: refusalsAtOnce, ...(after && { after }) });
    const unread = unreadDenials(basis.telemetry).map((kind) => denialKinds[kind]);
    const at = { position: formatPosition(position), recordedAt: toTime({ position: '', recordedAt }) };
    const page = fitting(
      found,
      await this.told.tell(graph, found.refusals, visible),
      pageBytes === 0 ? largestPageBytes : pageBytes,
    );
    return ListDenialsResponse.encode({
      basis: { ...basis, basis: basis.basis && { ...basis.basis, ...at } },
      denials: page.denials,
      nextPageToken:
        page.next === undefined ? '' : formatPlace(question, [page.next.lastAt, page.next.subject]),
      unread: unread.filter((kind) => asked.kinds.length === 0 || asked.kinds.includes(kind)),
    }).finish();
  }
}

/** As many as fit, and where the next page begins; one at least. */
function fitting(
  { refusals, next }: RefusalPage,
  told: readonly Denial[],
  bytes: number,
): { readonly denials: readonly Denial[]; readonly next?: RefusalPlace } {
  let size = 0;
  for (const [index, denial] of told.entries()) {
    size += Denial.encode(denial).finish().byteLength + overheadBytes;
    const last = refusals[index - 1];
    if (size > bytes && last !== undefined) return { denials: told.slice(0, index), next: last };
  }
  return { denials: told, ...(next && { next }) };
}

/** A tag and a length. */
const overheadBytes = 5;

function filterOf(
  refusals: Refusals,
  mesh: MeshView,
  asked: Omit<DenialsQuestion, 'pageBytes' | 'pageToken'>,
): RefusalFilter {
  const { namespace, kinds, since } = asked;
  const workload = asked.workload && workloadOf(refusals, mesh, asked.workload);
  if (namespace !== '') mustBeKnown(refusals, mesh, namespace);
  const client = asked.client && clientOf(asked.client);
  return {
    ...(namespace !== '' && { namespace }),
    ...(workload && { workload }),
    ...(client && { client }),
    ...(kinds.length > 0 && { kinds: refusalKinds.filter((kind) => kinds.includes(denialKinds[kind])) }),
    ...(since && { from: since.getTime() }),
  };
}

/** One that is gone is known by what it refused. */
function workloadOf(refusals: Refusals, mesh: MeshView, asked: WorkloadRef): WorkloadRef {
  if (hasAny(refusals, { workload: asked })) return asked;
  const found = findWorkload(mesh, asked, 'workload');
  return 'outOfScope' in found ? asked : found.ref;
}

function mustBeKnown(refusals: Refusals, mesh: MeshView, namespace: string): void {
  if (!isInScope(mesh, namespace) || hasAny(refusals, { namespace })) return;
  findNamespace(mesh, namespace, 'namespace');
}

function hasAny(refusals: Refusals, filter: RefusalFilter): boolean {
  return refusals.page(filter, { limit: 1 }).refusals.length > 0;
}

function clientOf({ identity, kind }: NonNullable<DenialsQuestion['client']>): ClientSeen {
  if (identity !== '') return { kind: 'identity', identity };
  return { kind: kind === CallerKind.CALLER_KIND_UNMESHED ? 'unmeshed' : 'unidentified' };
}

function isPlace(parts: readonly unknown[]): parts is readonly [number, string] {
  return parts.length === 2 && typeof parts[0] === 'number' && typeof parts[1] === 'string';
}
