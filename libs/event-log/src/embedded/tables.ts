import { open, type Database, type RootDatabase } from 'lmdb';
import type { FirstAnswer } from '../idempotency.js';
import type { Place, Trimmed } from '../event-storage.js';

/** Everything that the embedded log keeps, as tables of one LMDB file. */
export interface Tables {
  readonly root: RootDatabase;
  /** One row, changed by every append. */
  readonly meta: Database<Meta, 'meta'>;
  readonly owner: Database<Owner, 'owner'>;
  /** By sequence; the value is written by `stored-rows.ts`. */
  readonly events: Database<string, number>;
  /** By baseline and index in it. */
  readonly baselines: Database<string, [string, number]>;
  readonly versions: Database<number, string>;
  readonly epochs: Database<{ readonly holder: string; readonly number: number }, string>;
  readonly firstAnswers: Database<KeptAnswer, string>;
  /** When each first answer was kept, oldest first. */
  readonly firstAnswerTimes: Database<string, [number, string]>;
  readonly manifests: Database<string, [string, number]>;
  readonly chunks: Database<Buffer, [string, number, number]>;
}

export interface Meta {
  readonly log: string;
  readonly mesh: string;
  readonly head: Place;
  readonly trimmed?: Trimmed;
  /** Id of the newest snapshot. */
  readonly snapshot: number;
}

/** The process that has the log open. `startedAt` tells it from a later one of the same number. */
export interface Owner {
  readonly pid: number;
  readonly startedAt: string;
}

export interface KeptAnswer extends FirstAnswer {
  readonly sequence: number;
  readonly digest: string;
  readonly versions: readonly number[];
}

/**
 * `overlappingSync` is off so that a commit is on the disk when its promise resolves; LMDB still puts all appends that wait into
 * one commit.
 */
export function openTables(path: string): Tables {
  const root = open({ path, maxDbs: 16, overlappingSync: false });
  const json = { encoding: 'json' } as const;
  const text = { encoding: 'string' } as const;
  return {
    root,
    meta: root.openDB('meta', json),
    owner: root.openDB('owner', json),
    events: root.openDB('events', text),
    baselines: root.openDB('baselines', text),
    versions: root.openDB('versions', json),
    epochs: root.openDB('epochs', json),
    firstAnswers: root.openDB('first-answers', json),
    firstAnswerTimes: root.openDB('first-answer-times', text),
    manifests: root.openDB('manifests', text),
    chunks: root.openDB('chunks', { encoding: 'binary' }),
  };
}
