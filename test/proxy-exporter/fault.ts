import { type Release, releases } from './page/release.js';

/**
 * Something to go wrong, on command. `pod` and `flow` by name, as in the truth.
 *
 * How a pod's page is answered, until `answers`: `unreachable` cuts the connection, `forbidden` is 403, `garbage` an HTML page, `slow` waits,
 * `large` adds lines. The traffic goes on.
 */
export type Fault =
  | { readonly kind: 'answers' | 'unreachable' | 'forbidden' | 'garbage'; readonly pod: string }
  | { readonly kind: 'slow'; readonly pod: string; readonly delayMs: number }
  | { readonly kind: 'large'; readonly pod: string; readonly lines: number }
  /** All samples of a family, as HELP names it, have this text for a value; an empty text ends it. */
  | { readonly kind: 'overwritten'; readonly pod: string; readonly family: string; readonly value: string }
  /** A new process, of the same release unless one is given: counters begin at 0. */
  | { readonly kind: 'restarted'; readonly pod: string; readonly release?: Release }
  /** Series without an event for so long are dropped now, instead of after ten minutes. */
  | { readonly kind: 'evicted'; readonly pod: string; readonly idleMs: number }
  /** Labels of the pod that scraping copies; replaces those that an earlier one added. From the next scrape jobs on. */
  | { readonly kind: 'labelled'; readonly pod: string; readonly labels: Readonly<Record<string, string>> }
  /** The pod is no target any more, or is one again. From the next scrape jobs on. */
  | { readonly kind: 'gone' | 'back'; readonly pod: string }
  /** `n` calls at once: responses or denials, or connections. */
  | { readonly kind: 'burst'; readonly flow: string; readonly n: number }
  /** So many times the pace that the flow began with; 0 is silence. */
  | { readonly kind: 'paced'; readonly flow: string; readonly times: number }
  | { readonly kind: 'secured' | 'unsecured'; readonly flow: string }
  /** A Server of this name denies every call, until `admitted`. What the client counts stays as it was. */
  | { readonly kind: 'denied'; readonly flow: string; readonly server: string }
  | { readonly kind: 'admitted'; readonly flow: string }
  /** A second job scrapes the same targets. From the next scrape jobs on. */
  | { readonly kind: 'scraped-twice'; readonly on: boolean };

type Kind = Fault['kind'];
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => typeof value === 'number' && value >= 0;
const isWhole: Check = (value) => Number.isSafeInteger(value) && isCount(value);
const isLabels: Check = (value) =>
  typeof value === 'object' && value !== null && Object.values(value).every(isText);

const ofPod = { pod: isText };
const ofFlow = { flow: isText };
const fields: Readonly<Record<Kind, Readonly<Record<string, Check>>>> = {
  answers: ofPod,
  unreachable: ofPod,
  forbidden: ofPod,
  garbage: ofPod,
  slow: { ...ofPod, delayMs: isCount },
  large: { ...ofPod, lines: isWhole },
  overwritten: { ...ofPod, family: isText, value: isText },
  restarted: {
    ...ofPod,
    release: (value) => value === undefined || releases.some((release) => release === value),
  },
  evicted: { ...ofPod, idleMs: isCount },
  labelled: { ...ofPod, labels: isLabels },
  gone: ofPod,
  back: ofPod,
  burst: { ...ofFlow, n: isWhole },
  paced: { ...ofFlow, times: isCount },
  secured: ofFlow,
  unsecured: ofFlow,
  denied: { ...ofFlow, server: isText },
  admitted: ofFlow,
  'scraped-twice': { on: (value) => typeof value === 'boolean' },
};

/** Throws with what is wrong. */
export function parseFault(text: string): Fault {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error('a fault is an object');
  const given = value as Readonly<Record<string, unknown>>;
  const kind = Object.keys(fields).find((known) => known === given['kind']) as Kind | undefined;
  if (kind === undefined) throw new Error(`no such kind of fault: ${String(given['kind'])}`);
  for (const [field, fits] of Object.entries(fields[kind])) {
    if (!fits(given[field])) throw new Error(`${kind}: ${field} is ${String(given[field])}`);
  }
  return given as unknown as Fault;
}
