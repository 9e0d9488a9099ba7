import { Command } from 'commander';
import { type ApiClient, messageJson } from '@mcp/api-client';
import {
  DesiredObjectsService,
  DriftMode,
  ListDriftRequest,
  ListDriftResponse,
  SetDriftModeRequest,
  type ImpactCode,
} from '@mcp/contracts';
import { acceptImpactOption } from '../change/accept-impact.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { whenAllowed } from '../connect/when-allowed.js';
import { withApi } from '../connect/with-api.js';
import { CannotRun } from '../exit-code.js';
import { driftText } from '../output/drift.js';
import { structured } from '../output/structured.js';
import { basisNotes } from '../output/told-basis.js';
import type { Run } from '../run.js';
import { listed, outputOption } from './options.js';
import { objectDoc, readObject } from './references.js';

interface DriftOptions extends ConnectionOptions {
  readonly namespace: readonly string[];
  readonly report?: true;
  readonly enforce?: true;
  readonly accept?: true;
  readonly forceFrom: readonly string[];
  readonly reason: string;
  readonly acceptImpact: readonly ImpactCode[];
  readonly output: 'table' | 'json' | 'yaml';
}

export function driftCommand(run: Run): Command {
  const command = new Command('drift')
    .summary('what is no longer as it was asked for, and what to do about it')
    .description(
      'Without an object, lists those that are no longer as they were asked for, field by field, with who wrote it and when. With one, says what is to be done about it.',
    )
    .argument('[object]', objectDoc)
    .option('-n, --namespace <names>', 'only objects there; several with commas', listed, [])
    .option('--report', 'tell that it drifted, and do nothing')
    .option(
      '--enforce',
      'apply it again where others change it, with your rights; stops after three corrections in ten minutes that were overwritten',
    )
    .option('--accept', 'what is there now is what is desired from now on')
    .option(
      '--force-from <managers>',
      'with --enforce: field managers from which fields are taken back, such as kubectl-edit; several with commas',
      listed,
      [],
    )
    .option('--reason <text>', 'why; kept in the history', '')
    .addOption(acceptImpactOption())
    .addOption(outputOption(['table', 'json', 'yaml']));
  return withConnectionOptions(command).action(async (object: string | undefined, options: DriftOptions) => {
    const mode = modeOf(options);
    if (object === undefined && mode !== undefined)
      throw new CannotRun(`say which object: ${objectDoc}, as \`drift\` lists it`);
    if (object !== undefined && mode === undefined)
      throw new CannotRun('say what is to be done about it: --report, --enforce or --accept');
    if (options.forceFrom.length > 0 && mode !== DriftMode.DRIFT_MODE_ENFORCE)
      throw new CannotRun('--force-from is of --enforce');
    const key = object === undefined ? undefined : readObject(object);
    await withApi(run, options, async (api) => {
      if (key === undefined || mode === undefined) return list(run, api, options);
      const request = SetDriftModeRequest.fromPartial({
        ...{ object: key, mode, reason: options.reason },
        ...{ forceFrom: [...options.forceFrom], acceptImpact: [...options.acceptImpact] },
      });
      const { message } = await whenAllowed(run, () =>
        api.unary(DesiredObjectsService.setDriftMode, request),
      );
      run.write(`${message}\n`);
    });
  });
}

async function list(run: Run, api: ApiClient, { namespace, output }: DriftOptions): Promise<void> {
  const request = ListDriftRequest.fromPartial({ namespaces: [...namespace] });
  const answer = await api.unary(DesiredObjectsService.listDrift, request);
  if (output !== 'table') {
    run.write(structured(messageJson('ListDriftResponse', ListDriftResponse, answer), output));
    return;
  }
  basisNotes(answer.basis).forEach((note) => run.note(note));
  run.write(driftText(answer, run.paint));
}

function modeOf({ report, enforce, accept }: DriftOptions): DriftMode | undefined {
  const modes = [
    ...(report ? [DriftMode.DRIFT_MODE_REPORT] : []),
    ...(enforce ? [DriftMode.DRIFT_MODE_ENFORCE] : []),
    ...(accept ? [DriftMode.DRIFT_MODE_ACCEPT] : []),
  ];
  if (modes.length > 1) throw new CannotRun('say one of --report, --enforce and --accept');
  return modes[0];
}
