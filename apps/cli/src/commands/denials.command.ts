import { Command, InvalidArgumentError, Option } from 'commander';
import { messageJson } from '@mcp/api-client';
import {
  type Denial,
  DenialKind,
  ListDenialsRequest,
  ListDenialsResponse,
  TrafficService,
} from '@mcp/contracts';
import { allPages } from '../connect/all-pages.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { withApi } from '../connect/with-api.js';
import { callerText, enumText, timeText, workloadText } from '../output/in-words.js';
import { structured } from '../output/structured.js';
import { table } from '../output/table.js';
import { basisNotes, telemetryNotes } from '../output/told-basis.js';
import type { Run } from '../run.js';
import { duration, outputOption } from './options.js';
import { readWorkload } from './references.js';

const kinds = {
  denied: DenialKind.DENIAL_KIND_DENIED,
  terminated: DenialKind.DENIAL_KIND_TERMINATED,
  'rate-limited': DenialKind.DENIAL_KIND_RATE_LIMITED,
  'route-not-found': DenialKind.DENIAL_KIND_ROUTE_NOT_FOUND,
  audited: DenialKind.DENIAL_KIND_AUDITED,
  'egress-denied': DenialKind.DENIAL_KIND_EGRESS_DENIED,
} as const;

type KindName = keyof typeof kinds;

interface DenialsOptions extends ConnectionOptions {
  readonly namespace?: string;
  readonly workload?: string;
  readonly kind?: readonly KindName[];
  readonly since?: number;
  readonly output: 'table' | 'json' | 'yaml';
}

export function denialsCommand(run: Run): Command {
  const command = new Command('denials')
    .summary('who was refused by which server')
    .description(
      'Lists who was refused, or would have been without audit mode, the latest first. Counts are of all the time since it first happened.',
    )
    .option('-n, --namespace <namespace>', 'of the workloads that refused')
    .option('--workload <workload>', 'only by this one: namespace/name or namespace/Kind/name')
    .addOption(
      new Option(
        '--kind <kinds>',
        `only these, several with commas: ${Object.keys(kinds).join(', ')}`,
      ).argParser(readKinds),
    )
    .option('--since <duration>', 'only what happened again within this time', duration)
    .addOption(outputOption(['table', 'json', 'yaml']));
  return withConnectionOptions(command).action(async (options: DenialsOptions) => {
    const { namespace = '', workload, kind = [], since } = options;
    const pages = await withApi(run, options, (api) =>
      allPages(run, (pageToken) =>
        api.unary(
          TrafficService.listDenials,
          ListDenialsRequest.fromPartial({
            namespace,
            ...(workload !== undefined && { workload: readWorkload(workload) }),
            kinds: kind.map((name) => kinds[name]),
            ...(since !== undefined && { since: new Date(Date.now() - since) }),
            pageToken,
          }),
        ),
      ),
    );
    const answer: ListDenialsResponse = {
      ...pages[0],
      denials: pages.flatMap(({ denials }) => denials),
      nextPageToken: '',
    };
    if (options.output !== 'table') {
      run.write(structured(messageJson('ListDenialsResponse', ListDenialsResponse, answer), options.output));
      return;
    }
    const { basis } = answer;
    [...basisNotes(basis?.basis), ...telemetryNotes(basis?.telemetry)].forEach((note) => run.note(note));
    run.write(denialsText(answer.denials));
  });
}

function denialsText(denials: readonly Denial[]): string {
  if (denials.length === 0) return 'No denials were seen.\n';
  return table(
    ['LAST', 'KIND', 'COUNT', 'CLIENT', 'RUNS AS IT', 'BY', 'PORT', 'SERVER', 'ROUTE'],
    denials.map(({ lastAt, kind, count, client, clientWorkloads, workload, port, server, route }) => [
      timeText(lastAt),
      enumText(DenialKind[kind], 'DENIAL_KIND'),
      String(count),
      callerText(client),
      clientWorkloads.map(workloadText).join(' '),
      workloadText(workload),
      String(port),
      server?.name ?? '',
      route === undefined || route.kind === 'default' ? '' : `${route.kind} ${route.name}`,
    ]),
  );
}

function readKinds(text: string): readonly KindName[] {
  return text.split(',').map((name) => {
    if (!Object.hasOwn(kinds, name))
      throw new InvalidArgumentError(`say some of ${Object.keys(kinds).join(', ')}.`);
    return name as KindName;
  });
}
