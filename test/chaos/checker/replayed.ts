import { changeView, desiredStatesFold } from '@mcp/desired-state';
import type { AnyRecordedEvent } from '@mcp/events';
import type { History } from './history.js';

/**
 * What every process holds is what the log gives from its first event: by its own comparison at its end, by what each replica answers, and
 * by every snapshot that a later process would begin with.
 */
export function asReplayed({ events, restored, record }: History): string[] {
  return [
    ...record.ended.flatMap(({ process, asked, code }) => {
      if (!asked) return [`${process} ended by itself, with ${code}`];
      return code === 0 ? [] : [`${process} ended with ${code}: it says why`];
    }),
    ...restored
      .filter((each) => !each.asReplayed)
      .map(
        ({ projection }) =>
          `the snapshot of ${projection} leads to another state than the log from its first event`,
      ),
    ...phasesServed(events, record.served),
    ...graphsServed(record.served),
  ];
}

function phasesServed(events: readonly AnyRecordedEvent[], served: History['record']['served']): string[] {
  const fold = desiredStatesFold();
  let states = fold.initial();
  for (const event of events) states = fold.evolve(states, event);
  return served.flatMap(({ replica, phases }) =>
    [...new Set([...Object.keys(phases), ...states.changes.keys()])].flatMap((id) => {
      const replayed = changeView(states, id)?.phase;
      return phases[id] === replayed
        ? []
        : [
            `${replica} says that change ${id} is ${phases[id] ?? 'unknown'}, a replay ${replayed ?? 'unknown'}`,
          ];
    }),
  );
}

function graphsServed([first, ...others]: History['record']['served']): string[] {
  return others.flatMap(({ replica, graph }) =>
    [...new Set([...Object.keys(graph), ...Object.keys(first?.graph ?? {})])]
      .filter((key) => graph[key] !== first?.graph[key])
      .map((key) => `${replica} has another ${key} than ${first?.replica}`),
  );
}
