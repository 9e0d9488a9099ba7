import { Change, type ListChangesResponse, type Phase as ProtoPhase } from '@mcp/contracts';
import { listChanges, type ChangeFilter, type DesiredStates, type Phase } from '@mcp/desired-state';
import { formatPosition } from '@mcp/events';
import { seenSource } from '@mcp/graph';
import type { ResourceKey, VisibleNamespaces } from '@mcp/mesh';
import type { FoldedState } from '@mcp/projections';
import { toTime } from '../graph/graph-messages.js';
import { largestPageBytes } from '../graph/graph-pages.js';
import type { Collector } from '../policy-answers/answer-basis.js';
import { questionKey } from '../policy-answers/thread/page-token.js';
import { changeToProto, phases } from '../to-proto/change.to-proto.js';
import { sourceToProto } from '../to-proto/mesh-wide.to-proto.js';
import { formatPlace, parsePlace } from '../traffic/page-place.js';
import type { DesiredStatesAt, MomentAsked } from './desired-at.js';

/** Which changes are asked for. */
interface ChangesAsked {
  /** Empty: anyone. */
  readonly actor: string;
  readonly object?: ResourceKey;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly since?: Date;
  readonly until?: Date;
  /** Empty: all. */
  readonly phases: readonly ProtoPhase[];
  readonly openOnly: boolean;
}

export interface ChangesQuestion extends ChangesAsked, MomentAsked {
  /** 0: the largest. */
  readonly pageSize: number;
  /** 0: as much as fits. */
  readonly pageBytes: number;
  readonly pageToken: string;
}

export const largestPage = 1_000;

/** A tag and a length of up to three bytes. */
const overheadBytes = 4;

/** Answers what was asked for, page by page, all pages of one position. */
export class ListChanges {
  constructor(
    private readonly desired: DesiredStatesAt,
    private readonly collector: Collector,
  ) {}

  /** Fails as `DesiredStatesAt.moment` does, and with INVALID_REQUEST for a page token of something else. */
  async page(
    { pageSize, pageBytes, pageToken, atLeast, ...asked }: ChangesQuestion,
    visible: VisibleNamespaces,
    signal: AbortSignal,
  ): Promise<ListChangesResponse> {
    const question = questionKey([asked, visible.key]);
    const place = parsePlace(pageToken, question, isPlace);
    const limits = {
      most: pageSize === 0 ? largestPage : pageSize,
      bytes: pageBytes === 0 ? largestPageBytes : pageBytes,
      after: place?.[1],
    };
    const read = (folded: FoldedState<DesiredStates>) =>
      this.#answer(folded, asked, question, limits, visible);
    return place === undefined
      ? this.desired.moment({ ...asked, atLeast }, read, signal)
      : this.desired.position(place[0], 'page_token', read, signal);
  }

  #answer(
    folded: FoldedState<DesiredStates>,
    asked: ChangesAsked,
    question: string,
    limits: PageLimits,
    visible: VisibleNamespaces,
  ): ListChangesResponse {
    const { state, recordedAt } = folded;
    const position = formatPosition(folded.position);
    const { changes, next } = pageOf(state, position, filterOf(asked), limits, visible);
    if (next !== undefined) this.desired.keep(folded);
    return {
      basis: {
        position,
        recordedAt: toTime({ position, recordedAt }),
        sources: sourcesIn(state, visible),
        collector: this.collector.presence,
      },
      changes,
      nextPageToken: next === undefined ? '' : formatPlace(question, [position, next]),
      noLongerHeld: state.forgottenChanges,
      completeAfter: toTime({ position, recordedAt: state.completeAfter }),
    };
  }
}

interface PageLimits {
  readonly most: number;
  readonly bytes: number;
  /** Where the page before ended. */
  readonly after: number | undefined;
}

/** As many as fit, one at least; and where the page ends, if there are more. */
function pageOf(
  states: DesiredStates,
  position: string,
  filter: ChangeFilter,
  { most, bytes, after }: PageLimits,
  visible: VisibleNamespaces,
): { readonly changes: Change[]; readonly next?: number } {
  const changes: Change[] = [];
  let size = 0;
  let last: number | undefined;
  for (const { change, place } of listChanges(states, filter, after, visible)) {
    const told = changeToProto(change, position);
    size += Change.encode(told).finish().byteLength + overheadBytes;
    if (last !== undefined && (changes.length === most || size > bytes)) return { changes, next: last };
    changes.push(told);
    last = place;
  }
  return { changes };
}

function filterOf({
  actor,
  object,
  namespaces,
  since,
  until,
  openOnly,
  ...asked
}: ChangesAsked): ChangeFilter {
  return {
    ...(actor !== '' && { actor }),
    ...(object && { key: object }),
    ...(namespaces.length > 0 && { namespaces }),
    ...(since && { from: since.getTime() }),
    ...(until && { to: until.getTime() }),
    ...(asked.phases.length > 0 && { phases: phasesIn(asked.phases) }),
    openOnly,
  };
}

function phasesIn(asked: readonly ProtoPhase[]): readonly Phase[] {
  return (Object.keys(phases) as Phase[]).filter((phase) => asked.includes(phases[phase]));
}

/** How well each kind is followed, as someone may see it. */
export function sourcesIn({ sourceStates }: DesiredStates, visible: VisibleNamespaces) {
  const kinds = [...sourceStates.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1));
  return kinds.map((source) => sourceToProto(seenSource(source, visible)));
}

function isPlace(parts: readonly unknown[]): parts is readonly [string, number] {
  return parts.length === 2 && typeof parts[0] === 'string' && typeof parts[1] === 'number';
}
