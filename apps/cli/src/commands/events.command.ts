import { Command, Option } from 'commander';
import { type ApiClient, messageJson } from '@mcp/api-client';
import { EventsService, ListEventsRequest, LoggedEvent } from '@mcp/contracts';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { withApi } from '../connect/with-api.js';
import { CannotRun } from '../exit-code.js';
import { timeText } from '../output/in-words.js';
import type { Run } from '../run.js';
import { eventsExportCommand, eventsHeadCommand, eventsVerifyCommand } from './events-audit.command.js';
import { listed, moment } from './options.js';

interface EventsOptions extends ConnectionOptions {
  readonly actor?: string;
  readonly subject?: string;
  readonly type?: readonly string[];
  readonly since?: Date;
  readonly until?: Date;
  readonly after?: string;
  readonly output: 'table' | 'json';
}

export function eventsCommand(run: Run): Command {
  const command = new Command('events')
    .summary('who recorded what in the log, and why')
    .description(
      'Lists the log, the oldest first: who recorded what, how that is known, and why; as json also what was before.',
    )
    .option('--actor <name>', 'only what this one caused')
    .option(
      '--subject <subject>',
      'only about this, or with a slash at its end about all that begin so: change/ID, desired/AuthorizationPolicy/shop/',
    )
    .option('--type <types>', 'only these, several with commas, such as ChangeRequested', listed)
    .option('--since <time>', 'from then on: a time, or how long ago; as far back as the log goes', moment)
    .option('--until <time>', 'before that: a time, or how long ago', moment)
    .option('--after <position>', 'what came after this position')
    .addOption(
      new Option('-o, --output <format>', 'how to print it; json has one event a line')
        .choices(['table', 'json'])
        .default('table'),
    );
  command.addCommand(eventsVerifyCommand(run));
  command.addCommand(eventsHeadCommand(run));
  command.addCommand(eventsExportCommand(run));
  return withConnectionOptions(command).action(async (options: EventsOptions) => {
    if (options.since !== undefined && options.after !== undefined)
      throw new CannotRun('--since and --after both say where to begin: leave one of them out');
    await withApi(run, options, (api) => tellAll(api, options, run));
  });
}

/** Page by page, as they come: the log may be long. */
async function tellAll(api: ApiClient, options: EventsOptions, run: Run): Promise<void> {
  const { actor = '', subject = '', type = [], since, until, after = '' } = options;
  const asked = ListEventsRequest.fromPartial({ actor, subject, types: [...type], since, until, after });
  for (let pageToken = ''; ;) {
    const page = await api.unary(EventsService.listEvents, { ...asked, pageToken });
    if (page.beginsLate)
      run.note(
        `the log was trimmed: it has what was recorded after ${timeText(page.oldestAt)}, position ${page.oldestPosition}`,
      );
    for (const event of page.events) run.write(`${options.output === 'json' ? json(event) : line(event)}\n`);
    pageToken = page.nextPageToken;
    if (pageToken === '') break;
  }
}

function line({ recordedAt, type, subject, actor, actorProvenBy, calledFrom, reason }: LoggedEvent): string {
  const who = `${actor} (${actorProvenBy}${calledFrom === '' ? '' : `, from ${calledFrom}`})`;
  const words = [timeText(recordedAt), type, subject, who, reason].join('  ').trimEnd();
  return words.replaceAll('\n', ' ');
}

/** The message, with the JSON that it carries as JSON. */
function json(event: LoggedEvent): string {
  const parsed = ({ data, dataBefore }: LoggedEvent) => ({
    data: JSON.parse(data) as unknown,
    ...(dataBefore !== '' && { dataBefore: JSON.parse(dataBefore) as unknown }),
  });
  const message = messageJson('LoggedEvent', LoggedEvent, event) as object;
  return JSON.stringify({ ...message, ...parsed(event) });
}
