import { InvalidArgumentError } from 'commander';
import { messageJson } from '@mcp/api-client';
import { ExportedEvent, type ExportEventsResponse, type LogPlace } from '@mcp/contracts';
import type { Run } from '../run.js';

/** A line for each event, as fast as they are read: no more than one answer waits. `begins` is told the place before the first. */
export async function printExported(
  answers: AsyncIterable<ExportEventsResponse>,
  run: Pick<Run, 'writeOn'>,
  begins: (from: LogPlace | undefined) => void,
): Promise<void> {
  for await (const { from, events } of answers) {
    if (events.length === 0) begins(from);
    const log = from?.log ?? '';
    for (const event of events) await run.writeOn(`${line(log, event)}\n`);
  }
}

/** With its position, which has the whole digest, so that nothing between two exports can be lost or altered unseen. */
function line(log: string, event: ExportedEvent): string {
  const message = messageJson('ExportedEvent', ExportedEvent, event) as object;
  return JSON.stringify({ position: `${log}.${event.sequence}.${event.digest}`, ...message });
}

/** The place of a position that a line has. Fails with `InvalidArgumentError`. */
export function readPlace(text: string): LogPlace {
  const [, log, sequence, digest] = /^([a-z0-9-]{1,64})\.(\d{1,15})\.([0-9a-f]{40})$/.exec(text) ?? [];
  if (log === undefined || sequence === undefined || digest === undefined)
    throw new InvalidArgumentError(
      'Say the position of a line that was exported; those of other answers are too short.',
    );
  return { log, sequence: Number(sequence), digest };
}
