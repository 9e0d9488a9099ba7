import { namesWorkload } from './destination-seen.js';
import { by, notAdmin, rate, series, type QueryTerms } from './expression.js';
import { proxyLabels, toPodLabels, toWorkloadLabels, workloadLabels, type Labels } from './labels.js';
import { leftOut, type RowNote, type TrafficQuery } from './traffic-query.js';

/** A question about what clients' proxies sent, which is asked once by workload and once by pod where no workload is known. */
interface EdgeQuestion<Names, Table> {
  readonly id: string;
  readonly gives: string;
  readonly cost: string;
  readonly detail?: true;
  readonly family: string;
  readonly matchers?: readonly string[];
  /** `gauge`: as it stands. */
  readonly over: 'window' | 'latency-window' | 'gauge';
  /** Besides client, destination and port. */
  readonly grouped: readonly string[];
  readonly note: (names: Names, labels: Labels) => RowNote<Table>;
}

const noWorkload = [...Object.keys(workloadLabels), 'dst_target_cluster'].map((name) => `${name}=""`);

/** Matchers have no "or" between labels, so the first query also answers for what the second tells apart; those rows are passed over. */
export function edgeQueries<Names, Table>(
  question: EdgeQuestion<Names, Table>,
): readonly TrafficQuery<Names, Table>[] {
  const { id, gives, cost, family, over, grouped, note } = question;
  const matchers = ['direction="outbound"', ...(question.matchers ?? []), notAdmin];
  const asked = (destination: readonly string[], more: readonly string[]) => ({
    reads: [...matchers.map(labelOf), ...destination, ...grouped],
    text: (terms: QueryTerms) =>
      by(
        'sum',
        [...proxyLabels, ...destination, 'target_port', ...grouped],
        overWindow(series(family, terms, ...matchers, ...more), over, terms),
      ),
  });
  const detail = question.detail === true ? ({ detail: true } as const) : {};
  return [
    {
      ...{ id, gives, cost, ...detail, ...asked(toWorkloadLabels, []) },
      note: (names, labels) => (namesWorkload(labels) ? note(names, labels) : leftOut(undefined)),
    },
    {
      ...{ id: `${id}-to-pods`, ...detail, ...asked(toPodLabels, noWorkload) },
      gives: `The same, to pods that no known workload owns and to places out of the cluster.`,
      cost: 'Rows only for such destinations; few in most meshes.',
      note,
    },
  ];
}

function labelOf(matcher: string): string {
  return /^\w+/.exec(matcher)?.[0] ?? '';
}

function overWindow(vector: string, over: EdgeQuestion<never, never>['over'], terms: QueryTerms): string {
  switch (over) {
    case 'gauge':
      return vector;
    case 'window':
      return rate(vector, terms.windowMs);
    case 'latency-window':
      return rate(vector, terms.latencyWindowMs);
  }
}
