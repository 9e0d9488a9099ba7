import type { EdgeSample } from '@mcp/mesh';

/**
 * How the polls of a minute or hour become one number. `mean`: over the polls that know it. `weighted`: the same, weighted by the edge's
 * responses. `highest`: of them.
 */
export type Fold = 'mean' | 'weighted' | 'highest';

/** Every field of a sample, in the order of their columns. */
const folds = {
  successPerSecond: 'mean',
  failurePerSecond: 'mean',
  startedPerSecond: 'mean',
  p50Ms: 'weighted',
  p95Ms: 'highest',
  p99Ms: 'highest',
  mtlsShare: 'weighted',
  openConnections: 'mean',
  openedPerSecond: 'mean',
  failedConnectionsPerSecond: 'mean',
  writtenBytesPerSecond: 'mean',
  readBytesPerSecond: 'mean',
} as const satisfies Record<keyof EdgeSample, Fold>;

/** One line of a page: the numbers of one edge by column; one that is not known is undefined. */
export type Row = readonly (number | undefined)[];

export interface FieldColumns {
  readonly field: keyof EdgeSample;
  readonly fold: Fold;
  readonly value: number;
  /** How many polls knew the field; undefined in the row where all did. */
  readonly count: number;
  /** The responses that a weighted field stands on; undefined in the row of a poll. */
  readonly weight: number;
}

const fields = Object.entries(folds) as [keyof EdgeSample, Fold][];

/** Column of how many polls a row stands on; undefined in the row of a poll. */
export const pollsColumn = fields.length;

/** What is right of it is only needed to roll up further. */
export const lastShownColumn = pollsColumn;

export const columnCount = 3 * fields.length + 1;

export const fieldColumns: readonly FieldColumns[] = fields.map(([field, fold], value) => ({
  field,
  fold,
  value,
  count: lastShownColumn + 1 + value,
  weight: lastShownColumn + 1 + fields.length + value,
}));

/** The row of one poll. */
export function rowOf(sample: EdgeSample): Row {
  return fieldColumns.map(({ field }) => sample[field]);
}

export function sampleOf(row: Row): EdgeSample {
  const sample: { -readonly [field in keyof EdgeSample]: EdgeSample[field] } = {};
  for (const { field, value } of fieldColumns) {
    const known = row[value];
    if (known !== undefined) sample[field] = known;
  }
  return sample;
}

/** What a weighted field of a poll is weighted by; 0 where it is not known. */
export function responsesOf(row: Row): number {
  return (row[successColumn] ?? 0) + (row[failureColumn] ?? 0);
}

const columnOf = (name: keyof EdgeSample) => fields.findIndex(([field]) => field === name);
const successColumn = columnOf('successPerSecond');
const failureColumn = columnOf('failurePerSecond');
