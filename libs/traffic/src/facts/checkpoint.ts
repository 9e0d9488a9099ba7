import { atOnce } from '../at-once.js';
import type { CounterDifferences, DifferenceRecord } from './counter-differences.js';
import type { RefusalFacts, RefusalRecord } from './refusal-facts.js';
import type { UsageFacts, UsageRecord } from './usage-facts.js';

/** What was counted: the counters as they were last seen, and what came of their differences. True together, or not at all. */
export interface Counted {
  readonly differences: CounterDifferences;
  readonly refusals: RefusalFacts;
  readonly usage: UsageFacts;
}

export type CheckpointTaken = { readonly taken: true } | { readonly taken: false; readonly reason: string };

const format = 'traffic-checkpoint';
/** Rises when the records change, which makes older checkpoints useless. */
const version = 1;
const checksumLength = 8;
const chunkCharacters = 64 * 1024;
/** A few milliseconds each. */
const checkedAtOnce = 1024 * 1024;
const linesAtOnce = 50;

type Line = DifferenceRecord | RefusalRecord | UsageRecord;

/**
 * Chunks of some 64 KiB, to be joined; what was counted must not change before the last is taken. `log` names the log that the counts went into.
 *
 * Since it has the counters and the counts of one moment, its age does no harm: what is counted after it is counted again from it. A crash loses
 * only what proxies counted and lost with their own process since.
 */
export function* encodeCheckpoint(
  { differences, refusals, usage }: Counted,
  log: string,
): Generator<Uint8Array> {
  const checksum = new Checksum();
  const encoder = new TextEncoder();
  let text = `${JSON.stringify({ format, version, log })}\n`;
  const chunk = (): Uint8Array => {
    const bytes = encoder.encode(text);
    checksum.take(bytes);
    text = '';
    return bytes;
  };
  for (const records of [differences.records(), refusals.records(), usage.records()])
    for (const record of records) {
      text += `${JSON.stringify(record)}\n`;
      if (text.length >= chunkCharacters) yield chunk();
    }
  yield chunk();
  yield encoder.encode(checksum.value);
}

/** `checkpointInSteps` at once. */
export function takeCheckpoint(counted: Counted, log: string, bytes: Uint8Array): CheckpointTaken {
  return atOnce(checkpointInSteps(counted, log, bytes));
}

/**
 * Takes a checkpoint into what has folded the log and counted nothing yet. One that is damaged, of another log or of another version changes
 * nothing; the reason says what it is. Pauses every few milliseconds; to be taken to its end before anything else is asked.
 */
export function* checkpointInSteps(
  { differences, refusals, usage }: Counted,
  log: string,
  bytes: Uint8Array,
): Generator<void, CheckpointTaken> {
  const end = bytes.length - checksumLength;
  const decoder = new TextDecoder();
  const checksum = new Checksum();
  for (let at = 0; at < end; at += checkedAtOnce) {
    checksum.take(bytes.subarray(at, Math.min(end, at + checkedAtOnce)));
    yield;
  }
  if (end <= 0 || decoder.decode(bytes.subarray(end)) !== checksum.value) return ignored('it is damaged');
  const [header = '', ...lines] = decoder.decode(bytes.subarray(0, end)).trimEnd().split('\n');
  const is = JSON.parse(header) as { format?: unknown; version?: unknown; log?: unknown };
  if (is.format !== format) return ignored('it is no checkpoint of traffic');
  if (is.version !== version) return ignored(`it is of version ${String(is.version)}, not ${version}`);
  if (is.log !== log) return ignored('it is of another log');
  refusals.restart();
  yield* usage.restart();
  for (const [index, line] of lines.entries()) {
    if (index % linesAtOnce === 0) yield;
    const record = JSON.parse(line) as Line;
    switch (record[0]) {
      case 'polled':
      case 'series':
      case 'proxy':
        differences.restore(record);
        break;
      case 'refusal':
        refusals.restore(record);
        break;
      case 'usage':
      case 'observed':
        usage.restore(record);
        break;
    }
  }
  if (differences.polledAt !== undefined) yield* usage.restarted(differences.polledAt);
  return { taken: true };
}

function ignored(reason: string): CheckpointTaken {
  return { taken: false, reason };
}

/** FNV-1a of 32 bits, in hexadecimal: against damage, not against whoever may write there. */
class Checksum {
  #hash = 0x811c9dc5;

  take(bytes: Uint8Array): void {
    let hash = this.#hash;
    // by index: an iterator takes ten times as long
    for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
    this.#hash = hash;
  }

  get value(): string {
    return (this.#hash >>> 0).toString(16).padStart(checksumLength, '0');
  }
}
