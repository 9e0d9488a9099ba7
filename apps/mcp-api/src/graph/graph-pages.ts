import type { CollectorPresence } from '@mcp/contracts';
import { orderedWith } from '@mcp/graph';
import { invalidRequest } from '@mcp/grpc';
import type { EncodedEntity } from './encoded-entity.js';
import { type EncodedRates, seenThroughPoll } from '../traffic/edge-rates.js';
import { entityOverheadBytes, pageMessage, runsOf, toTime, type PlaceInTime } from './graph-messages.js';
import { decoded, sourcesOf } from './sources.js';

/** Where the next page begins, and of what. What a page token says. */
export interface PageToken {
  readonly position: string;
  readonly filterKey: string;
  /** The last entity of the page before. */
  readonly namespace: string;
  readonly key: string;
}

/** A graph at one position, through one filter. */
export interface FilteredGraph extends PlaceInTime {
  readonly filterKey: string;
  readonly entities: readonly EncodedEntity[];
}

/** Below what clients accept by default, with room for sources and marks. */
export const largestPageBytes = 3 * 1024 * 1024;

export interface Page {
  readonly message: Uint8Array;
  readonly last: boolean;
}

/** What a page is made for. */
export interface PageAsked {
  /** 0: as much as fits. */
  readonly bytes: number;
  /** Undefined: the first page. */
  readonly after: PageToken | undefined;
  /** With rates; those of no poll where none is known. */
  readonly rates?: EncodedRates | 'unknown';
}

/** The page after a token, or the first; encoded. At least one entity is on it, where there is one left. */
export function pageOf(
  graph: FilteredGraph,
  { bytes, after, rates }: PageAsked,
  collector: CollectorPresence,
): Page {
  const start = after === undefined ? 0 : firstAfter(graph.entities, after);
  const rest = start === 0 ? graph.entities : graph.entities.slice(start);
  const rateOf = (entity: EncodedEntity) => (typeof rates === 'object' ? rates.of(entity) : undefined);
  const [page = []] = runsOf(rest, bytes === 0 ? largestPageBytes : bytes, (entity) => {
    const rate = rateOf(entity);
    return rate === undefined ? 0 : rate.byteLength + entityOverheadBytes;
  });
  const end = page.length < rest.length ? page.at(-1) : undefined;
  const answer = {
    position: graph.position,
    recordedAt: toTime(graph),
    ...sourcesOf(decoded(graph.entities)),
    collector,
    nextPageToken:
      end === undefined ? '' : formatPageToken({ ...graph, namespace: orderedWith(end), key: end.key }),
  };
  const onPage = rates && {
    seen: rates === 'unknown' ? undefined : seenThroughPoll(rates.poll),
    encoded: page.flatMap((entity) => rateOf(entity) ?? []),
  };
  return { message: pageMessage(answer, page, onPage), last: end === undefined };
}

function firstAfter(entities: readonly EncodedEntity[], { namespace, key }: PageToken): number {
  let low = 0;
  let high = entities.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entity = entities[middle];
    const upToToken =
      entity !== undefined &&
      (orderedWith(entity) === namespace ? entity.key <= key : orderedWith(entity) < namespace);
    if (upToToken) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function formatPageToken({ position, filterKey, namespace, key }: PageToken): string {
  return Buffer.from(JSON.stringify([position, filterKey, namespace, key])).toString('base64url');
}

/** Undefined for the empty token: the first page. Fails with INVALID_REQUEST. */
export function parsePageToken(text: string): PageToken | undefined {
  if (text === '') return undefined;
  try {
    const parts = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown;
    if (Array.isArray(parts) && parts.length === 4 && parts.every((part) => typeof part === 'string')) {
      const [position = '', filterKey = '', namespace = '', key = ''] = parts;
      return { position, filterKey, namespace, key };
    }
  } catch {
    // not JSON: said below
  }
  throw invalidRequest([{ field: 'page_token', description: 'is not one that this API gave' }]);
}
