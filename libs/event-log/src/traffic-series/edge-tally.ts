import {
  columnCount,
  fieldColumns,
  lastShownColumn,
  pollsColumn,
  responsesOf,
  type Row,
} from './series-columns.js';

/** The polls of one edge in one minute or hour, added up. Rows may stand on one poll or, minutes of an hour, on several. */
export class EdgeTally {
  #polls = 0;
  readonly #fields = fieldColumns.map((columns) => ({
    columns,
    count: 0,
    sum: 0,
    weight: 0,
    weightedSum: 0,
    highest: -Infinity,
  }));

  add(row: Row): void {
    const polls = row[pollsColumn] ?? 1;
    this.#polls += polls;
    for (const tally of this.#fields) {
      const { columns } = tally;
      const value = row[columns.value];
      if (value === undefined) continue;
      const count = row[columns.count] ?? polls;
      tally.count += count;
      tally.sum += value * count;
      tally.highest = Math.max(tally.highest, value);
      if (columns.fold !== 'weighted') continue;
      const weight = row[columns.weight] ?? responsesOf(row);
      tally.weight += weight;
      tally.weightedSum += value * weight;
    }
  }

  /** All of them as one row; with what is needed to roll it up further, or without. */
  row({ final }: { readonly final: boolean }): Row {
    const row = new Array<number | undefined>(columnCount).fill(undefined);
    row[pollsColumn] = this.#polls;
    for (const { columns, count, sum, weight, weightedSum, highest } of this.#fields) {
      if (count === 0) continue;
      if (columns.fold === 'highest') row[columns.value] = highest;
      // nothing was answered: then no poll weighs more than another
      else row[columns.value] = weight > 0 ? weightedSum / weight : sum / count;
      if (columns.fold === 'weighted') row[columns.weight] = weight;
      if (columns.fold !== 'highest' && count < this.#polls) row[columns.count] = count;
    }
    return final ? row.slice(0, lastShownColumn + 1) : row;
  }
}
