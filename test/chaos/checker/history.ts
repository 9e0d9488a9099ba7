import type { DesiredSpec, Phase } from '@mcp/desired-state';
import type { AnyRecordedEvent } from '@mcp/events';

/** All that is known of a run when it is over. The laws judge this and nothing else. */
export interface History {
  /** The log from its first event, as a reader gets it. */
  readonly events: readonly AnyRecordedEvent[];
  /** What the log itself says of the version of each subject that it has an event of; 0 for one that ended. */
  readonly versions: ReadonlyMap<string, number>;
  /** Each projection from its newest snapshot to the end of the log, beside the same from the first event. */
  readonly restored: readonly { readonly projection: string; readonly asReplayed: boolean }[];
  /** Every write of each object that there ever was, in the order of the cluster's store. */
  readonly cluster: readonly ObjectWrite[];
  readonly record: RunRecord;
}

/** One version of one object, as the store of the cluster has it. */
export interface ObjectWrite {
  /** As `formatResourceKey` writes it. */
  readonly object: string;
  readonly uid: string;
  /** Of the store: it grows with every write of anything, and is the resource version of what was written. */
  readonly revision: number;
  /** Absent: the object was deleted. */
  readonly state?: {
    readonly spec: DesiredSpec | undefined;
    /** The change of ours that the object names as its writer. */
    readonly change?: { readonly id: string; readonly revision: number };
    /** Which of the edits by hand was the last; each has another number. */
    readonly edit?: string;
  };
}

/** What was noted while the run went on: by clients of what they were told, and at the end of what processes say. */
export interface RunRecord {
  readonly acknowledged: readonly Acknowledged[];
  readonly told: readonly Told[];
  /** Objects that somebody tried to delete by hand. */
  readonly deletedByHand: readonly string[];
  /** What each replica of the API says of every change when all is quiet, and of the graph. */
  readonly served: readonly Served[];
  /** How each process ended that was asked to, and those that ended unasked. */
  readonly ended: readonly {
    readonly process: string;
    readonly asked: boolean;
    readonly code: number | null;
  }[];
}

/** A request that was answered as recorded. */
export interface Acknowledged {
  readonly client: string;
  /** The idempotency key, or the id of the plan. */
  readonly key: string;
  readonly changes: readonly { readonly id: string; readonly object: string }[];
  /** As the API writes positions. */
  readonly position: string;
}

/** A position that a client was given, in the order in which it was. */
export interface Told {
  /** One that asks for what it knows already, so that what it is told never goes back. */
  readonly client: string;
  readonly position: string;
  /** It was told with it that what it had before was lost, and began anew. */
  readonly anew?: true;
}

export interface Served {
  readonly replica: string;
  readonly phases: Readonly<Record<string, Phase>>;
  /** Of the whole graph: keys of entities with a digest of each. */
  readonly graph: Readonly<Record<string, string>>;
}

/** Something that must not be. `law` names what it breaks. */
export interface Finding {
  readonly law: string;
  readonly message: string;
}

/** What it breaks, each in one sentence. */
export type Law = (history: History) => readonly string[];
