/**
 * A corpus of cases: Kubernetes objects and a question, and what Linkerd answers. Its own `meta` says the shape of each part.
 * The parts are optional, and each case of a part has an `id`.
 */
export interface Corpus {
  readonly decision?: readonly DecisionCase[];
  readonly whatIf?: readonly WhatIfCase[];
  readonly boundary?: readonly BoundaryCase[];
  readonly admission?: readonly AdmissionCase[];
}

export interface ClusterSettings {
  readonly trustDomain: string;
  readonly controlPlaneNamespace: string;
  readonly defaultPolicy: string;
  readonly clusterNetworks: readonly string[];
  readonly probeNetworks: readonly string[];
}

export interface RawObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly namespace?: string; readonly name: string } & Readonly<
    Record<string, unknown>
  >;
}

/** Exactly one of `pod` and `externalWorkload`, as `namespace/name`. */
export interface Query {
  readonly pod?: string;
  readonly externalWorkload?: string;
  readonly port: number;
  readonly client: {
    readonly kind: 'meshed' | 'unmeshed';
    readonly identity?: string | null;
    readonly ip: string;
  };
  readonly http: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  } | null;
}

export interface Answer {
  readonly verdict: string;
  readonly authorizedBy: Named | null;
  readonly server: string | { readonly namespace: string; readonly name: string };
  readonly route: string | (Named & { readonly group: string }) | null;
  readonly reason?: string;
  readonly authorizedByAnyOf?: readonly Named[];
  readonly verdictAnyOf?: readonly string[];
  readonly rateLimit?: string | null;
}

export interface Named {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface NotEnforced {
  readonly enforced: false;
  readonly error: string;
}

interface Situation {
  readonly id: string;
  readonly cluster: ClusterSettings;
  readonly resources: readonly RawObject[];
}

export interface DecisionCase extends Situation {
  readonly query: Query;
  readonly expect: Answer;
}

export interface BoundaryCase extends Situation {
  readonly query: Query;
  readonly expect: NotEnforced;
}

export interface WhatIfCase extends Situation {
  readonly change: {
    readonly apply: readonly RawObject[];
    readonly delete: readonly {
      readonly apiVersion: string;
      readonly kind: string;
      readonly namespace: string;
      readonly name: string;
    }[];
  };
  readonly queries: readonly {
    readonly query: Query;
    readonly before: Answer;
    readonly after: Answer;
    readonly changed: boolean;
    readonly verdictChanged: boolean;
  }[];
}

export interface AdmissionCase {
  readonly id: string;
  readonly resource: unknown;
  readonly expect: 'accept' | 'reject';
  readonly layer?: 'crd' | 'webhook' | 'crd+webhook';
}

/** Fails, saying what is wrong, where the text is no corpus. Whether a case is understood is told when it is asked. */
export function parseCorpus(text: string): Corpus {
  const corpus: unknown = JSON.parse(text);
  if (!isRecord(corpus))
    throw new Error('a corpus is an object with decision, whatIf, boundary and admission');
  const parts = Object.keys(fieldsOfCase) as Part[];
  for (const part of parts)
    if (corpus[part] !== undefined && !Array.isArray(corpus[part])) throw new Error(`${part} is not a list`);
  const cases = parts.flatMap((part) => (corpus[part] ?? []) as readonly unknown[]);
  if (cases.length === 0) throw new Error(`there is no case in ${parts.join(', ')}`);
  return corpus;
}

/** What is wrong with a case, by the field; undefined where it can be asked. A case that is not understood must not pass. */
export function faultOf(part: Part, asked: unknown): string | undefined {
  const fault = object({ id: text, ...fieldsOfCase[part] })(asked);
  return fault?.replace(/^\./, '');
}

export type Part = 'decision' | 'whatIf' | 'boundary' | 'admission';
type Check = (value: unknown) => string | undefined;
type Fields = Readonly<Record<string, unknown>>;

const text: Check = (value) => (typeof value === 'string' ? undefined : 'is not text');
const port: Check = (value) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535 ? undefined : 'is no port';
const list: Check = (value) => (Array.isArray(value) ? undefined : 'is not a list');
const either =
  (...values: readonly string[]): Check =>
  (value) =>
    values.some((known) => known === value) ? undefined : `is none of ${values.join(', ')}`;
const object =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) => {
    if (!isRecord(value)) return 'is not an object';
    for (const [name, check] of Object.entries(fields)) {
      const fault = check(value[name]);
      if (fault !== undefined) return fault.startsWith('.') ? `.${name}${fault}` : `.${name} ${fault}`;
    }
    return undefined;
  };

const cluster = object({
  trustDomain: text,
  controlPlaneNamespace: text,
  defaultPolicy: text,
  clusterNetworks: list,
  probeNetworks: list,
});
const query = object({ port, client: object({ kind: either('meshed', 'unmeshed'), ip: text }) });
const answer = object({ verdict: either('allow', 'deny', 'audit') });

const fieldsOfCase: Readonly<Record<Part, Readonly<Record<string, Check>>>> = {
  decision: { cluster, resources: list, query, expect: answer },
  boundary: { cluster, resources: list, query, expect: object({ error: text }) },
  whatIf: { cluster, resources: list, change: object({ apply: list, delete: list }), queries: list },
  admission: { expect: either('accept', 'reject') },
};

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
