import {
  type AnswerBasis,
  type CollectorPresence,
  type Source,
  SourcePhase,
  type Telemetry,
  TelemetryPhase,
} from '@mcp/contracts';
import { enumText, timeText } from './in-words.js';

/** What to know before an answer is believed: nothing where all that it stands on is followed. */
export function basisNotes(basis: AnswerBasis | undefined): readonly string[] {
  return basis === undefined ? [] : [...sourceNotes(basis.sources), ...collectorNotes(basis.collector)];
}

export function sourceNotes(sources: readonly Source[]): readonly string[] {
  return sources
    .filter(
      ({ phase }) => phase !== SourcePhase.SOURCE_PHASE_LIVE && phase !== SourcePhase.SOURCE_PHASE_ABSENT,
    )
    .map(
      ({ kind, phase, reason }) =>
        `${kind} is ${enumText(SourcePhase[phase], 'SOURCE_PHASE')}, and may be old or missing: ${reason}`,
    );
}

export function collectorNotes(collector: CollectorPresence | undefined): readonly string[] {
  if (collector === undefined || collector.atWork) return [];
  const since =
    collector.lastSeen === undefined ? 'none was ever seen' : `last seen ${timeText(collector.lastSeen)}`;
  return [`no collector is at work (${since}): nobody vouches for what is told`];
}

export function telemetryNotes(telemetry: Telemetry | undefined): readonly string[] {
  if (telemetry === undefined)
    return ['traffic was never read: that no edge is told says nothing about traffic'];
  const { phase, reason, lastAt } = telemetry;
  if (phase === TelemetryPhase.TELEMETRY_PHASE_LIVE) return [];
  return [
    `traffic is not seen now (${reason}): edges are as they were ${lastAt === undefined ? 'never seen' : timeText(lastAt)}`,
  ];
}
