import { randomUUID } from 'node:crypto';
import {
  DeposedWriter,
  firstAnswerOf,
  idempotencyName,
  idempotencyTtlMs,
  LogCorrupt,
  LogUnavailable,
  OutcomeUnknown,
  repeatAnswer,
  VersionConflict,
  type Appended,
  type Epoch,
  type FirstAnswer,
  type PreparedAppend,
} from '@mcp/event-log';
import { NotAnswered, type Commands, type ScriptedRedis } from './commands.js';
import type { DurabilityCheck } from './durability.js';
import type { MeshKeys } from './keys.js';
import { isNotAboveTop, isRefusal } from './refusals.js';

/** Sending goes on for 5 s; this is long after the last copy of an append can have reached the server. */
const resultTtlMs = 120_000;

export interface Appending {
  readonly commands: Commands;
  readonly keys: MeshKeys;
  readonly log: string;
  readonly durability: DurabilityCheck;
  /** Replicas that must have the events before they are acknowledged. */
  readonly minReplicas: number;
}

/**
 * Sends one append until it is answered. Each has an id of its own under which the server keeps the result for a while: one that is
 * sent again, because its reply was lost with the connection, gets the first result and is not recorded twice.
 */
export async function sendAppend(to: Appending, append: PreparedAppend): Promise<Appended> {
  const args = argumentsOf(to, append, to.keys.recorded(randomUUID()));
  try {
    return await to.commands.send(async (redis, remainingMs) => {
      const reply = await redis.mcpAppend(args);
      const recorded = appendedOf(to.log, append, reply);
      // on this very connection: WAIT is about what was written on it
      if (to.minReplicas > 0) await haveReplicas(redis, to.minReplicas, remainingMs);
      return { ...recorded, durability: await to.durability.of(redis) };
    });
  } catch (error) {
    if (error instanceof NotAnswered)
      throw error.sent ? new OutcomeUnknown(error.cause) : new LogUnavailable('append', error.cause);
    if (isRefusal(error)) throw refused(error);
    throw error;
  }
}

function argumentsOf(to: Appending, append: PreparedAppend, recorded: string): (string | number)[] {
  const { idempotency, epoch } = append;
  const { log, meta, versions, epochs, firstAnswer } = to.keys;
  const args: (string | number)[] = [log, meta, versions, epochs, recorded];
  args.push(idempotency === undefined ? recorded : firstAnswer(idempotencyName(idempotency)));
  args.push(to.log);
  args.push(...epochFields(epoch));
  args.push(resultTtlMs);
  if (idempotency === undefined) args.push(0, '');
  else args.push(idempotencyTtlMs, JSON.stringify(firstAnswerOf(append, idempotency)));
  for (const { subject, expectedVersion, tombstone, payloadHash, body } of append.writes)
    args.push(
      subject,
      expectedVersion === 'any' ? '' : expectedVersion,
      tombstone ? 1 : 0,
      payloadHash,
      body,
    );
  return args;
}

/** Role, number and holder as the scripts take them; empty where there is no epoch. */
export function epochFields(epoch: Epoch | undefined): (string | number)[] {
  return epoch === undefined ? ['', '', ''] : [epoch.role, epoch.number, epoch.holder];
}

function appendedOf(
  log: string,
  append: PreparedAppend,
  reply: [string, ...string[]],
): Omit<Appended, 'durability'> {
  const [outcome, detail = '', expected, actual] = reply;
  const { eventIds, correlation, epoch, idempotency } = append;
  switch (outcome) {
    case 'RECORDED': {
      const { position, versions } = parseRecord(log, detail);
      return {
        position,
        versions,
        duplicate: false,
        eventIds,
        ...(correlation !== undefined && { correlation }),
      };
    }
    case 'REPEATED': {
      if (idempotency === undefined) break;
      const { position, versions, rest } = parseRecord(log, detail);
      return repeatAnswer(idempotency, JSON.parse(rest) as FirstAnswer, position, versions);
    }
    case 'CONFLICT':
      throw new VersionConflict(detail, Number(expected), Number(actual));
    case 'DEPOSED':
      throw new DeposedWriter(epoch?.role ?? '', epoch?.holder ?? '');
    case 'REPLACED':
      throw new LogCorrupt(`the server has log ${detail || 'none'} where ${log} was`);
  }
  throw new LogCorrupt(`the server answered an append with ${outcome}`);
}

/** `<sequence> <digest> <versions>`, and after them what an idempotency key keeps. */
function parseRecord(log: string, record: string) {
  const [sequence = '', digest = '', versions = ''] = record.split(' ', 3);
  return {
    position: { log, sequence: Number(sequence), digest },
    versions: versions.split(',').map(Number),
    rest: record.slice(sequence.length + digest.length + versions.length + 3),
  };
}

async function haveReplicas(redis: ScriptedRedis, wanted: number, limitMs: number): Promise<void> {
  const have = await redis.wait(wanted, Math.max(1, Math.floor(limitMs * 0.8))).catch((error: unknown) => {
    // by now the events are recorded, so a refusal to wait is not one of the append: a master that steps down, most likely
    if (isRefusal(error)) throw new Error(`the server does not wait for its replicas: ${error.message}`);
    throw error;
  });
  if (have < wanted) throw new OutcomeUnknown(new Error(`${have} of ${wanted} replicas have the events`));
}

/** The script refuses before it writes, so nothing is recorded. */
function refused(error: Error): Error {
  if (isNotAboveTop(error)) return new LogCorrupt('the stream has entries that the log did not write');
  return new LogUnavailable('append', error);
}
