import type { KeyObject } from 'node:crypto';
import { createPublicKey, sign } from 'node:crypto';
import type { GetLogHeadResponse } from '@mcp/contracts';
import type { EventLog } from '@mcp/event-log';
import type { LogPosition } from '@mcp/events';
import { placeToProto } from './export-events.js';

/** Says how far the log goes, and signs that where there is a key. */
export class LogHead {
  constructor(
    private readonly log: Pick<EventLog, 'head' | 'oldest' | 'keptSince'>,
    /** Private, of Ed25519. Absent: nothing is signed. */
    private readonly key?: KeyObject,
    private readonly clock: () => number = Date.now,
  ) {}

  async now(): Promise<GetLogHeadResponse> {
    const oldest = await this.log.oldest();
    const since = await this.log.keptSince();
    const head = await this.log.head();
    const at = new Date(this.clock());
    const statement = statementOf(head, at);
    const { key } = this;
    return {
      head: placeToProto(head),
      oldest: placeToProto(oldest),
      oldestAt: since === undefined ? undefined : new Date(since),
      at,
      statement,
      signature: key === undefined ? Buffer.alloc(0) : sign(null, Buffer.from(statement), key),
      publicKey:
        key === undefined ? '' : createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
    };
  }
}

function statementOf({ log, sequence, digest }: LogPosition, at: Date): string {
  return `linkerd-mcp log head\n${log}\n${sequence}\n${digest}\n${at.toISOString()}\n`;
}
