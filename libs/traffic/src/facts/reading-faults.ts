import type { TelemetryFaultCode } from '@mcp/events';
import type { MissingPart, ProxySeen, TrafficFault, TrafficReading } from '@mcp/sources';
import type { KnownPod } from '../edges/directory/known-pod.js';
import type { PodDirectory } from '../edges/directory/pod-directory.js';
import type { LeftOutReason, MeasuredEdges } from '../edges/measured-edges.js';
import type { FaultSeen } from './fault-watch.js';
import { endsSoon } from './proxies-in-short.js';

const mostPods = 10;

/** Rates that are older are not told as those of now. */
const behindMs = 300_000;
const slowScrapeMs = 5_000;
/** 2.15 came with proxy 2.221; what came before says other things by the same names. */
const oldestVersion = 221;

interface Known {
  readonly directory: PodDirectory;
  readonly measured: Pick<MeasuredEdges, 'leftOut' | 'scrapedAgain'>;
  /** Ours, in milliseconds since the epoch. */
  readonly now: number;
  /** The time between scrapes was known before. */
  readonly knewInterval: boolean;
}

/** What is wrong with one reading, beside what is lost on the whole way: each once, with what to do. */
export function faultsOf(reading: TrafficReading, known: Known): readonly FaultSeen[] {
  return [
    ...missingFaults('part-missing', reading.missing),
    ...missingFaults('detail-missing', reading.missingDetails ?? []),
    ...(reading.incomplete === undefined
      ? []
      : [fault('incomplete', 'the source answers for a part only: see to its stores')]),
    ...proxyFaults(reading, known),
    ...timeFaults(reading, known),
  ];
}

/** Whether a reading would show the fault if it still were: latencies are not asked for each time. */
export function wouldTell(reading: TrafficReading, { part }: FaultSeen): boolean {
  return part !== 'latency' || reading.latency !== undefined;
}

function missingFaults(code: TelemetryFaultCode, missing: readonly MissingPart[]): readonly FaultSeen[] {
  const faults = new Map<string, FaultSeen>();
  for (const { part, counters, question, code: why } of missing) {
    const asked = counters && `${counters.what} ${counters.protocol}`;
    const name = `${part} ${asked}`;
    if (faults.has(name)) continue;
    const message = `${question}: ${causes[why]}`;
    faults.set(name, { code, part, ...(asked !== undefined && { counters: asked }), message });
  }
  return [...faults.values()];
}

const causes: Readonly<Record<TrafficFault, string>> = {
  UNREACHABLE: 'the source cannot be reached',
  TIMEOUT: 'no answer in time',
  REFUSED: 'the source does not allow the question',
  OVERLOADED: 'too much for the source',
  TOO_LARGE: 'the answer is larger than may be read',
  INVALID: 'what answers is not such a source, or does not know the question',
};

function proxyFaults(reading: TrafficReading, { directory, measured }: Known): readonly FaultSeen[] {
  const ready = believed(reading.proxies, directory).filter(({ pod }) => pod.ready);
  const down = ready.filter(({ seen }) => !seen.up);
  const up = ready.filter(({ seen }) => seen.up);
  const slowMs = reading.scrapeIntervalMs === undefined ? slowScrapeMs : reading.scrapeIntervalMs / 2;
  return [
    ...podFault(
      'scrapes-fail',
      'scrapes fail though the pods are ready: is the scraper allowed on port 4191 of the proxies (linkerd viz allow-scrapes, or a policy of its own)?',
      down.filter(({ seen }) => (seen.scrapeMs ?? 0) < slowScrapeMs),
    ),
    ...podFault(
      'scrapes-time-out',
      'scrapes take too long and fail: is the network closed, or the page too large for the scrape timeout?',
      down.filter(({ seen }) => (seen.scrapeMs ?? 0) >= slowScrapeMs),
    ),
    ...podFault(
      'scrapes-slow',
      'scrapes take nearly too long: raise the scrape timeout, or drop what is not needed from the pages',
      up.filter(({ seen }) => (seen.scrapeMs ?? 0) >= slowMs),
    ),
    ...podFault(
      'proxies-old',
      'proxies are older than Linkerd 2.15, and not all that they say is understood: restart the pods after the upgrade',
      up.filter(({ seen }) => isOld(seen.version)),
    ),
    ...podFault(
      'certificates-ending',
      'certificates end within six hours and were not renewed: look at linkerd-identity and the trust anchors',
      up.filter(({ seen }) => endsSoon(seen)),
    ),
    ...namedFault(
      'scraped-twice',
      'proxies are scraped more than once, and their counters are not compared: leave one scrape job, or set deduplication',
      measured.scrapedAgain,
    ),
    ...namedFault(
      'proxies-not-believed',
      'scrapes name pods otherwise than the cluster does: is it this cluster, and is instance the address of the pod?',
      measured.leftOut.flatMap(({ reason, proxies }) => (disbelieved.includes(reason) ? proxies : [])),
    ),
  ];
}

/** What whoever sets up the scrapes can mend. */
const disbelieved: readonly LeftOutReason[] = [
  'pod-unknown',
  'address-differs',
  'address-unknown',
  'address-reused',
];

function timeFaults(
  { at, proxies, scrapeIntervalMs, missingDetails = [] }: TrafficReading,
  { now, knewInterval }: Known,
): readonly FaultSeen[] {
  const faults: FaultSeen[] = [];
  const ages = proxies.flatMap(({ up, sampleAgeMs }) =>
    up && sampleAgeMs !== undefined ? [sampleAgeMs] : [],
  );
  const youngestMs = ages.reduce((least, age) => Math.min(least, age), Infinity);
  if (ages.length > 0 && scrapeIntervalMs !== undefined && youngestMs > 2 * scrapeIntervalMs)
    faults.push(fault('samples-late', 'samples come late: raise MCP_PROMETHEUS_DELAY_SECONDS'));
  if (now - at > behindMs)
    faults.push(
      fault(
        'clock-behind',
        'readings are older than five minutes: is the clock of the source behind, or the delay too long?',
      ),
    );
  const asked = !missingDetails.some(({ question }) => question === 'scrape-interval');
  if (knewInterval && asked && scrapeIntervalMs === undefined && proxies.length > 0)
    faults.push(
      fault(
        'history-lost',
        'the source has less than five minutes of history, and had more: it lost it, or the scrape job is new',
      ),
    );
  return faults;
}

interface Believed {
  readonly seen: ProxySeen;
  readonly pod: KnownPod;
}

/** A proxy that is scraped by several jobs is up where one of them works. */
function believed(proxies: readonly ProxySeen[], directory: PodDirectory): readonly Believed[] {
  const byPod = new Map<string, Believed>();
  for (const seen of proxies) {
    const pod = directory.podOf(seen);
    if (typeof pod === 'string' || pod.phase !== 'Running') continue;
    if (byPod.get(pod.uid)?.seen.up !== true) byPod.set(pod.uid, { seen, pod });
  }
  return [...byPod.values()];
}

function isOld(version: string | undefined): boolean {
  const minor = /^v?2\.(\d+)\./.exec(version ?? '')?.[1];
  return minor !== undefined && Number(minor) < oldestVersion;
}

function fault(code: TelemetryFaultCode, message: string): FaultSeen {
  return { code, message };
}

function podFault(
  code: TelemetryFaultCode,
  message: string,
  found: readonly Believed[],
): readonly FaultSeen[] {
  return namedFault(code, message, found.map(({ pod }) => `${pod.namespace}/${pod.name}`).sort());
}

function namedFault(
  code: TelemetryFaultCode,
  message: string,
  pods: readonly string[],
): readonly FaultSeen[] {
  return pods.length === 0 ? [] : [{ code, message, pods: pods.slice(0, mostPods) }];
}
