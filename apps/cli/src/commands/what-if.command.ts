import { Command, InvalidArgumentError, Option } from 'commander';
import { messageJson } from '@mcp/api-client';
import {
  Effect,
  type ObjectKey,
  PolicyAnswersService,
  SimulateChangeRequest,
  SimulateChangeResponse,
} from '@mcp/contracts';
import { allPages } from '../connect/all-pages.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { withApi } from '../connect/with-api.js';
import { CannotRun } from '../exit-code.js';
import { simulationText } from '../output/simulation.js';
import { structured } from '../output/structured.js';
import { basisNotes } from '../output/told-basis.js';
import type { Run } from '../run.js';
import { atOption } from './access-options.js';
import { fileDoc, fileFlags } from './input-files.js';
import { manifestText } from './manifest-text.js';
import { listed, outputOption, repeated } from './options.js';
import { readWorkload } from './references.js';

const effects = {
  cut: Effect.EFFECT_CUT,
  unknown: Effect.EFFECT_UNKNOWN,
  opened: Effect.EFFECT_OPENED,
} as const;

type EffectName = keyof typeof effects;

interface WhatIfOptions extends ConnectionOptions {
  readonly file: readonly string[];
  readonly delete: readonly string[];
  readonly namespace?: readonly string[];
  readonly at?: string;
  readonly unchanged: boolean;
  readonly failOn: readonly EffectName[];
  readonly output: 'table' | 'json' | 'yaml';
}

export function whatIfCommand(run: Run): Command {
  const command = new Command('what-if')
    .summary('what a change of policy would do to those who call')
    .description(
      'Says what a change of policy would do to those who are known to call: who would be cut, who let in, and of whom that is not known. Nothing is applied.',
    )
    .option(fileFlags, `policy objects to apply: ${fileDoc}`, repeated, [])
    .option(
      '--delete <object>',
      'a policy object to delete: namespace/Kind/name; may be given several times',
      repeated,
      [],
    )
    .option(
      '-n, --namespace <namespaces>',
      'only what becomes of their workloads; several with commas',
      listed,
    )
    .option('--unchanged', 'also tell the callers for whom nothing changes', false)
    .option(...atOption)
    .addOption(
      new Option(
        '--fail-on <effects>',
        'exit with 1 where a caller has one of these, several with commas: cut, unknown, opened',
      )
        .argParser(readEffects)
        .default([], 'none'),
    )
    .addOption(outputOption(['table', 'json', 'yaml']));
  return withConnectionOptions(command).action(async (options: WhatIfOptions) => {
    if (options.file.length + options.delete.length === 0)
      throw new CannotRun(
        'there is no change to look at: say what to apply with -f, or what to delete with --delete',
      );
    const question = {
      yaml: options.file.length === 0 ? '' : await manifestText(options.file, run),
      delete: options.delete.map(readObject),
      namespaces: [...(options.namespace ?? [])],
      includeUnchanged: options.unchanged,
      at: options.at ?? '',
    };
    const pages = await withApi(run, options, (api) =>
      allPages(run, (pageToken) =>
        api.unary(
          PolicyAnswersService.simulateChange,
          SimulateChangeRequest.fromPartial({ ...question, pageToken }),
        ),
      ),
    );
    const answer: SimulateChangeResponse = {
      ...pages[0],
      impacts: pages.flatMap(({ impacts }) => impacts),
      coverage: pages.flatMap(({ coverage }) => coverage),
      newFindings: pages.flatMap(({ newFindings }) => newFindings),
      goneFindings: pages.flatMap(({ goneFindings }) => goneFindings),
      nextPageToken: '',
    };
    if (options.output === 'table') {
      basisNotes(answer.basis).forEach((note) => run.note(note));
      run.write(simulationText(answer, run.paint));
    } else
      run.write(
        structured(messageJson('SimulateChangeResponse', SimulateChangeResponse, answer), options.output),
      );
    if (
      answer.counts.some(
        ({ effect, callers }) => callers > 0 && options.failOn.some((name) => effects[name] === effect),
      )
    )
      run.endBadly();
  });
}

function readObject(text: string): ObjectKey {
  const { namespace, kind, name } = readWorkload(text);
  if (kind === '')
    throw new CannotRun(`--delete ${text}: say namespace/Kind/name, such as shop/Server/cart-http`);
  return { namespace, kind, name };
}

function readEffects(text: string): readonly EffectName[] {
  return text.split(',').map((name) => {
    if (!Object.hasOwn(effects, name)) throw new InvalidArgumentError('say some of cut, unknown, opened.');
    return name as EffectName;
  });
}
