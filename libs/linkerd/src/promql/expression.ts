/** What all queries of a poll have in common. */
export interface QueryTerms {
  /** Matchers of what scrapes the proxies, as PromQL: `job="linkerd-proxy",cluster="west"`. */
  readonly matchers: string;
  /** What rates are taken over; whole seconds. */
  readonly windowMs: number;
  /** The same of latencies. */
  readonly latencyWindowMs: number;
}

/** The job of Linkerd's own Prometheus, and that of its PodMonitor. */
export const defaultMatchers = 'job=~"linkerd-proxy|.*/linkerd-proxy"';

/** Own port of every proxy: scrapes and probes, which would be an edge from Prometheus to each pod. */
export const notAdmin = 'target_port!="4191"';

/** `request_total{direction="outbound",job="linkerd-proxy"}` */
export function series(family: string, terms: QueryTerms, ...matchers: string[]): string {
  return `${family}{${[...matchers, terms.matchers].join(',')}}`;
}

export function rate(vector: string, windowMs: number): string {
  return `rate(${vector}[${windowMs / 1000}s])`;
}

export function by(aggregation: 'sum' | 'min' | 'max' | 'count', labels: readonly string[], vector: string) {
  return `${aggregation} by (${labels.join(', ')}) (${vector})`;
}

const matcher = /\s*[a-zA-Z_][a-zA-Z0-9_]*\s*(?:=~|!~|!=|=)\s*"(?:[^"\\\n]|\\.)*"\s*/y;

/** Whether the text is a list of matchers with nothing after it, so that it can be put between braces with others. */
export function readsAsMatchers(text: string): boolean {
  let at = 0;
  for (;;) {
    matcher.lastIndex = at;
    if (!matcher.test(text)) return false;
    at = matcher.lastIndex;
    if (at === text.length) return true;
    if (text[at] !== ',') return false;
    at += 1;
  }
}

/** A matcher for any of these values and no other. */
export function oneOf(name: string, values: readonly string[]): string {
  const escaped = values.map((value) => value.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&'));
  return `${name}=~${JSON.stringify(escaped.join('|'))}`;
}
