import type { ProxySeen } from '@mcp/sources';
import { by, series, type QueryTerms } from './expression.js';
import { claimKey, claimOf, label, proxyLabels, type Labels } from './labels.js';
import { ProxyTable, type ProxyDetail } from './proxy-table.js';
import { leftOut, type PartQueries, type RowNote, type TrafficQuery } from './traffic-query.js';

const started = 'process_start_time_seconds';

/** Which proxies are scraped, how well, and how long they have been running. Comes first: everything else stands on it. */
export const proxyQueries: PartQueries<undefined, ProxyTable, ProxySeen> = {
  part: 'proxies',
  queries: [
    {
      id: 'proxies-up',
      gives:
        'Whether the last scrape of each proxy worked. One of a job that is no more is seen for five minutes otherwise, as if it went on.',
      cost: 'One row per proxy and job; one sample each.',
      reads: [],
      text: (terms) => {
        const up = series('up', terms);
        return by(
          'max',
          [...proxyLabels, 'job'],
          `${up} and timestamp(${up}) >= time() - ${terms.windowMs / 1000}`,
        );
      },
      note: (_, labels) => scrapedNote(labels),
    },
    {
      id: 'proxies-scrapes',
      gives:
        'How often each proxy is scraped at once. More than once, and all its sums are too high by that factor.',
      cost: 'One row per proxy; one sample each.',
      reads: [],
      text: (terms) => by('count', proxyLabels, series(started, terms)),
      note: noteDetail((value) => (Number.isInteger(value) && value > 0 ? { scrapes: value } : undefined)),
    },
    {
      id: 'proxies-started',
      gives: 'When each proxy began, and with it its counters.',
      cost: 'One row per proxy; one sample each.',
      reads: [],
      detail: true,
      text: (terms) => by('max', proxyLabels, series(started, terms)),
      note: noteDetail((value) => (value > 0 && value < 1e11 ? { startedAt: ms(value) } : undefined)),
    },
    {
      id: 'proxies-age',
      gives: 'The age of the newest sample of each proxy.',
      cost: 'One row per proxy; one sample each.',
      reads: [],
      detail: true,
      text: (terms) => by('min', proxyLabels, `time() - timestamp(${series(started, terms)})`),
      note: noteDetail((value) => (value >= 0 && value < 1e9 ? { sampleAgeMs: ms(value) } : undefined)),
    },
    {
      id: 'proxies-versions',
      gives: 'The version of each proxy. Usually several at once: a proxy changes only when its pod does.',
      cost: 'One row per proxy; one sample each.',
      reads: [],
      detail: true,
      // pods often have a label `version`, which pushes that of the proxy aside
      text: (terms) =>
        by('count', [...proxyLabels, 'version', 'exported_version'], series('proxy_build_info', terms)),
      note: (_, labels) => {
        const version = label(labels, 'exported_version') || label(labels, 'version');
        return version === '' ? leftOut('no version') : detailNote(labels, () => ({ version }));
      },
    },
    {
      id: 'proxies-certificates',
      gives: 'For how long the certificate of each proxy is still good; negative when it has ended.',
      cost: 'One row per proxy; one sample each.',
      reads: [],
      detail: true,
      text: (terms) =>
        `${by('min', proxyLabels, `${series('control_identity_cert_expiration_timestamp_seconds', terms)} or ${series('identity_cert_expiration_timestamp_seconds', terms)}`)} - time()`,
      note: noteDetail((value) => (Math.abs(value) < 1e11 ? { certificateMs: ms(value) } : undefined)),
    },
    {
      id: 'proxies-scrape-time',
      gives: 'How long the last scrape of a proxy took, where it took more than a second.',
      cost: 'Reads one sample of one series per proxy; usually no row.',
      reads: [],
      detail: true,
      text: (terms) => by('max', proxyLabels, `${series('scrape_duration_seconds', terms)} > 1`),
      note: noteDetail((value) => (value > 0 && value < 1e5 ? { scrapeMs: ms(value) } : undefined)),
    },
    {
      id: 'scrape-interval',
      gives:
        'How many seconds lie between two scrapes, of each job that has been there for 5 minutes. Windows follow from the longest.',
      cost: 'One row per job; reads 5 minutes of one series per proxy.',
      reads: [],
      detail: true,
      text: (terms) =>
        `300 / ${by('max', ['job'], `count_over_time(${series('up', terms)}[5m]) and ${series('up', terms)} offset 5m`)}`,
      note: () => (table, value) => table.interval(value),
    },
  ],
  names: () => undefined,
  table: () => new ProxyTable(),
  seen: (table) => table.seen(),
};

/**
 * Pods with a label of the name of one of these, which pushes what the proxy says into `exported_…`: no row of theirs means what it says.
 * Only scrape configurations that copy pod labels let this happen; that of Linkerd's own Prometheus does.
 */
export function displacedLabels(reads: readonly string[]): TrafficQuery<undefined, ProxyTable> {
  const names = [...new Set(reads)].sort();
  return {
    id: 'displaced-labels',
    gives:
      'Proxies whose labels are displaced by labels of their pods; all of their rows are left out, and counted.',
    cost: 'Nothing but the lookup of names that usually do not exist.',
    reads: [],
    detail: true,
    text: (terms: QueryTerms) =>
      by('count', proxyLabels, names.map((name) => series('', terms, `exported_${name}!=""`)).join(' or ')),
    note: (_, labels) => {
      const key = claimKey(claimOf(labels));
      return (table) => {
        table.displaced.add(key);
        return 'a label of the pod takes the place of one of its proxy';
      };
    },
  };
}

type ReadDetail = (value: number) => ProxyDetail | undefined;

function noteDetail(read: ReadDetail): TrafficQuery<undefined, ProxyTable>['note'] {
  return (_, labels) => detailNote(labels, read);
}

function detailNote(labels: Labels, read: ReadDetail): RowNote<ProxyTable> {
  const key = claimKey(claimOf(labels));
  return (table, value) => {
    const detail = read(value);
    if (detail === undefined) return 'beyond belief';
    table.detail(key, detail);
    return undefined;
  };
}

function scrapedNote(labels: Labels): RowNote<ProxyTable> {
  const claim = claimOf(labels);
  if (claim.pod === '' && claim.address === '') return leftOut('neither pod nor instance');
  const key = claimKey(claim);
  const job = label(labels, 'job');
  return (table, up) => {
    if (up !== 0 && up !== 1) return 'neither up nor down';
    table.scraped({ key, claim, job, up: up === 1 });
    return undefined;
  };
}

function ms(seconds: number): number {
  return Math.round(seconds * 1000);
}
