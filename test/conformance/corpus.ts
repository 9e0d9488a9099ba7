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

/** Fails, saying what is wrong, where the text is no corpus. */
export function parseCorpus(text: string): Corpus {
  const corpus: unknown = JSON.parse(text);
  if (typeof corpus !== 'object' || corpus === null || Array.isArray(corpus))
    throw new Error('a corpus is an object with decision, whatIf, boundary and admission');
  const parts = ['decision', 'whatIf', 'boundary', 'admission'] as const;
  const record = corpus as Readonly<Record<string, unknown>>;
  if (!parts.some((part) => record[part] !== undefined)) throw new Error(`a corpus has ${parts.join(', ')}`);
  for (const part of parts)
    if (record[part] !== undefined && !Array.isArray(record[part])) throw new Error(`${part} is not a list`);
  return corpus;
}
