import { hash } from 'node:crypto';

/** Names of everything that one mesh has in Redis. All share one hash tag: a cluster keeps them on one node, scripts may touch all. */
export interface MeshKeys {
  readonly log: string;
  readonly meta: string;
  readonly versions: string;
  readonly epochs: string;
  /** The result of one append, kept for as long as that append could be sent again. */
  readonly recorded: (appendId: string) => string;
  /** The first answer under an idempotency key. */
  readonly firstAnswer: (name: string) => string;
  readonly baseline: (id: string) => string;
  readonly manifests: (projection: string) => string;
  readonly chunk: (projection: string, id: number, index: number) => string;
  readonly questions: (topic: string) => string;
  readonly responders: (topic: string) => string;
  readonly asked: (topic: string, id: string) => string;
  readonly reply: (topic: string, id: string) => string;
  readonly pin: (id: string) => string;
  /** The keys of what one scope has pinned, the newest first. */
  readonly pins: (scope: string) => string;
  /** What was put at which time into one resolution of the traffic series. */
  readonly seriesPuts: (resolution: string) => string;
  readonly seriesPages: (resolution: string, shard: number) => string;
  readonly seriesCheckpoint: string;
}

/** Fails with TypeError for a name that could not be told apart within a hash tag. */
export function meshKeys(mesh: string): MeshKeys {
  if (!/^[^{}\s]{1,200}$/.test(mesh)) throw new TypeError(`"${mesh}" cannot be the name of a mesh`);
  const key = (...parts: (string | number)[]) => [`{mcp:${mesh}}`, ...parts].join(':');
  return {
    log: key('log'),
    meta: key('meta'),
    versions: key('versions'),
    epochs: key('epochs'),
    recorded: (appendId) => key('recorded', appendId),
    firstAnswer: (name) => key('first-answer', name),
    baseline: (id) => key('baseline', id),
    manifests: (projection) => key('manifests', projection),
    chunk: (projection, id, index) => key('chunk', projection, id, index),
    questions: (topic) => key('questions', topic),
    responders: (topic) => key('responders', topic),
    // ids come from clients and may be of any length
    asked: (topic, id) => key('asked', topic, hash('sha256', id, 'hex')),
    reply: (topic, id) => key('reply', topic, hash('sha256', id, 'hex')),
    pin: (id) => key('pin', hash('sha256', id, 'hex')),
    pins: (scope) => key('pins', hash('sha256', scope, 'hex')),
    seriesPuts: (resolution) => key('series', resolution),
    seriesPages: (resolution, shard) => key('series', resolution, shard),
    seriesCheckpoint: key('series-checkpoint'),
  };
}
