import type { CountersAsked, TrafficPart } from '@mcp/sources';
import type { QueryTerms } from './expression.js';
import type { Labels } from './labels.js';

/** One question, and how its rows are read. `Table` is where the queries of one part put together what they read. */
export interface TrafficQuery<Table> {
  /** Never renamed: it is in messages and in docs/reference/promql.md. */
  readonly id: string;
  readonly gives: string;
  readonly cost: string;
  /** The counters that are all of its answer: its rows stand for themselves, whether or not others of the part are answered. */
  readonly counters?: CountersAsked;
  /** It only adds fields to rows that are there without it. */
  readonly detail?: true;
  /** The labels of the proxy's own that the answer turns on: matched, or grouped by. */
  readonly reads: readonly string[];
  readonly text: (terms: QueryTerms) => string;
  /** Takes one row; a text says why it was left out. */
  readonly note: (table: Table, labels: Labels, value: number) => string | undefined;
}

/** What one part of a reading is asked by, and how it is put together. */
export interface PartQueries<Table, Seen> {
  readonly part: TrafficPart;
  readonly queries: readonly TrafficQuery<Table>[];
  /** Empty; a new one for each poll. */
  readonly table: () => Table;
  /** To be called when all queries of the part are answered. */
  readonly seen: (table: Table) => Iterable<Seen>;
  /** What turned out to be useless only when all was read: how many, by reason. */
  readonly lost?: (table: Table) => ReadonlyMap<string, number>;
}
