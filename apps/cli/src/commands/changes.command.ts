import { Command, InvalidArgumentError, Option } from 'commander';
import { type ApiClient, messageJson } from '@mcp/api-client';
import {
  Change,
  ChangesService,
  GetChangeRequest,
  ListChangesRequest,
  ListChangesResponse,
  Phase,
} from '@mcp/contracts';
import { allPages } from '../connect/all-pages.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { withApi } from '../connect/with-api.js';
import { CannotRun } from '../exit-code.js';
import { changesText, changeText, heldNotes } from '../output/changes.js';
import { structured } from '../output/structured.js';
import { basisNotes } from '../output/told-basis.js';
import type { Run } from '../run.js';
import { listed, moment, outputOption } from './options.js';
import { objectDoc, readObject } from './references.js';

const phases = {
  requested: Phase.PHASE_REQUESTED,
  'dry-run': Phase.PHASE_DRY_RUN,
  applied: Phase.PHASE_APPLIED,
  converged: Phase.PHASE_CONVERGED,
  refused: Phase.PHASE_REFUSED,
  rejected: Phase.PHASE_REJECTED,
  conflicted: Phase.PHASE_CONFLICTED,
  superseded: Phase.PHASE_SUPERSEDED,
  undone: Phase.PHASE_UNDONE,
} as const;

type PhaseName = keyof typeof phases;

/** Which changes are listed. */
interface ListOptions {
  readonly actor?: string;
  readonly object?: string;
  readonly namespace?: readonly string[];
  readonly since?: Date;
  readonly until?: Date;
  readonly phase?: readonly PhaseName[];
  readonly open?: boolean;
}

interface ChangesOptions extends ConnectionOptions, ListOptions {
  readonly at?: string;
  readonly atTime?: Date;
  readonly watch: boolean;
  readonly output: 'table' | 'json' | 'yaml';
}

export function changesCommand(run: Run): Command {
  const command = new Command('changes')
    .alias('history')
    .summary('what was asked for, and what became of it')
    .description(
      'Lists what was asked for, the newest first, or shows one change with all of its phases and what proves them.',
    )
    .argument('[change]', 'the id of one')
    .option('--actor <name>', 'only what this one asked for')
    .option('--object <object>', `only of this object: ${objectDoc}`)
    .option('-n, --namespace <namespaces>', 'only of objects there; several with commas', listed)
    .option('--since <time>', 'only what was asked for then or later: a time, or how long ago', moment)
    .option('--until <time>', 'only what was asked for before: a time, or how long ago', moment)
    .addOption(
      new Option(
        '--phase <phases>',
        `only what is in one of these, several with commas: ${Object.keys(phases).join(', ')}`,
      ).argParser(readPhases),
    )
    .option('--open', 'only what has not ended')
    .option('--at <position>', 'as it was at this position, which an answer gave')
    .option('--at-time <time>', 'as it was then: a time, or how long ago', moment)
    .option('--watch', 'follow the one until it has converged or ended otherwise', false)
    .addOption(outputOption(['table', 'json', 'yaml']));
  return withConnectionOptions(command).action(
    async (changeId: string | undefined, options: ChangesOptions) => {
      mustFit(changeId, options);
      const question = questionOf(options);
      await withApi(run, options, async (api) => {
        if (changeId === undefined) {
          tellList(await list(api, question, run), options, run);
          return;
        }
        if (options.watch) return follow(api, changeId, options, run);
        const change = await changeOf(api, changeId, options);
        tell(change, options, run, () => changeText(change, run.paint));
      });
    },
  );
}

/** Fails with `CannotRun` where an option would be given in vain. */
function mustFit(changeId: string | undefined, options: ChangesOptions): void {
  const { at, atTime, watch } = options;
  const [narrowing] = narrowingOf(options);
  if (changeId !== undefined && narrowing !== undefined)
    throw new CannotRun(`--${narrowing} is of the list: leave it out, or the id of the change`);
  if (changeId === undefined && watch)
    throw new CannotRun('--watch is of one change: say its id, as `changes` lists it');
  if (watch && (at !== undefined || atTime !== undefined))
    throw new CannotRun('--watch is of now: leave out --at and --at-time');
}

/** The options that narrow the list. */
function narrowingOf(options: ListOptions): readonly string[] {
  const { actor, object, namespace, since, until, phase, open } = options;
  const given = Object.entries({ actor, object, namespace, since, until, phase, open });
  return given.filter(([, value]) => value !== undefined).map(([name]) => name);
}

function questionOf(options: ChangesOptions): ListChangesRequest {
  const { actor, object, namespace = [], since, until, phase = [], open, at, atTime } = options;
  return ListChangesRequest.fromPartial({
    actor: actor ?? '',
    object: object === undefined ? undefined : readObject(object),
    namespaces: [...namespace],
    since,
    until,
    phases: phase.map((name) => phases[name]),
    openOnly: open ?? false,
    at: at ?? '',
    atTime,
  });
}

async function list(api: ApiClient, question: ListChangesRequest, run: Run): Promise<ListChangesResponse> {
  const pages = await allPages(run, (pageToken) =>
    api.unary(ChangesService.listChanges, { ...question, pageToken }),
  );
  return { ...pages[0], changes: pages.flatMap(({ changes }) => changes), nextPageToken: '' };
}

async function follow(api: ApiClient, changeId: string, options: ChangesOptions, run: Run): Promise<void> {
  for await (const { change } of api.stream(ChangesService.watchChange, { changeId, followDrift: false }))
    if (change !== undefined) tell(change, options, run, () => changesText([change], run.paint));
}

async function changeOf(api: ApiClient, changeId: string, { at, atTime }: ChangesOptions): Promise<Change> {
  const question = GetChangeRequest.fromPartial({ changeId, at: at ?? '', atTime });
  const { change } = await api.unary(ChangesService.getChange, question);
  if (change === undefined) throw new Error(`the API answered nothing of change ${changeId}`);
  return change;
}

function tellList(answer: ListChangesResponse, options: ChangesOptions, run: Run): void {
  const { output } = options;
  if (output !== 'table') {
    run.write(structured(messageJson('ListChangesResponse', ListChangesResponse, answer), output));
    return;
  }
  [...basisNotes(answer.basis), ...heldNotes(answer)].forEach((note) => run.note(note));
  if (answer.changes.length > 0) run.write(changesText(answer.changes, run.paint));
  else
    run.write(
      narrowingOf(options).length > 0 ? 'No such changes are known.\n' : 'No changes were asked for.\n',
    );
}

function tell(change: Change, { output }: ChangesOptions, run: Run, inWords: () => string): void {
  if (output === 'table') run.write(inWords());
  else run.write(structured([messageJson('Change', Change, change)], output));
}

function readPhases(text: string, before?: readonly PhaseName[]): readonly PhaseName[] {
  const names = listed(text, before);
  if (names.every(isPhaseName)) return names;
  throw new InvalidArgumentError(`say some of ${Object.keys(phases).join(', ')}.`);
}

function isPhaseName(name: string): name is PhaseName {
  return Object.hasOwn(phases, name);
}
