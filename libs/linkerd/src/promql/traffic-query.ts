import type { CountersAsked, TrafficPart } from '@mcp/sources';
import type { QueryTerms } from './expression.js';
import type { Labels } from './labels.js';

/** Takes the number of a row in one poll; a text says why it was left out. */
export type RowNote<Table> = (table: Table, value: number) => string | undefined;

/**
 * One question, and how its rows are read. `Names` is what the rows of a part are about, for many polls; `Table` is where its queries put together
 * what they read in one.
 */
export interface TrafficQuery<Names, Table> {
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
  /** What is to be done with the numbers of a row of these labels, poll by poll. */
  readonly note: (names: Names, labels: Labels) => RowNote<Table>;
}

/** What one part of a reading is asked by, and how it is put together. */
export interface PartQueries<Names, Table, Seen> {
  readonly part: TrafficPart;
  readonly queries: readonly TrafficQuery<Names, Table>[];
  /** Empty. Grows with all rows that were ever read by it, and goes together with their notes. */
  readonly names: () => Names;
  /** Empty; a new one for each poll. */
  readonly table: () => Table;
  /** To be called when all queries of the part are answered. */
  readonly seen: (table: Table) => Iterable<Seen>;
  /** What turned out to be useless only when all was read: how many, by reason. */
  readonly lost?: (table: Table) => ReadonlyMap<string, number>;
}

/** Of a row that is not looked at, whatever its number. A text says why. */
export function leftOut(why: string | undefined): RowNote<unknown> {
  return () => why;
}
