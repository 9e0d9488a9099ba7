import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { type ApiClient, ApiError, messageJson } from '@mcp/api-client';
import { EventsService, GetLogHeadResponse, type LogPlace } from '@mcp/contracts';
import { printExported, readPlace } from '../audit/exported-lines.js';
import { LogChain } from '../audit/log-chain.js';
import { faultOfSignature, readSavedHead } from '../audit/saved-head.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { withApi } from '../connect/with-api.js';
import { CannotRun } from '../exit-code.js';
import { timeText } from '../output/in-words.js';
import { structured } from '../output/structured.js';
import type { Run } from '../run.js';
import { outputOption } from './options.js';

interface HeadOptions extends ConnectionOptions {
  readonly output: 'table' | 'json';
}

interface VerifyOptions extends ConnectionOptions {
  readonly head?: string;
  readonly key?: string;
}

export function eventsHeadCommand(run: Run): Command {
  const command = new Command('head')
    .summary('how far the log goes, signed where the API has a key')
    .description(
      'Says how far the log goes now and what its digest is there. Kept elsewhere, as json, it proves later by `events verify --head` that nothing before it was rewritten.',
    )
    .addOption(outputOption(['table', 'json']));
  return withConnectionOptions(command).action(async (options: HeadOptions) => {
    const head = await withApi(run, options, (api) => api.unary(EventsService.getLogHead, {}));
    if (options.output === 'json') {
      run.write(structured(messageJson('GetLogHeadResponse', GetLogHeadResponse, head), 'json'));
      return;
    }
    const signed = head.signature.length === 0 ? 'not signed' : 'signed';
    run.write(`${placeText(head.head)} at ${timeText(head.at)}, ${signed}\n`);
    if (head.oldestAt !== undefined)
      run.write(`it has every event since ${timeText(head.oldestAt)}${trimmedText(head.oldest)}\n`);
  });
}

interface ExportOptions extends ConnectionOptions {
  readonly after?: LogPlace;
}

export function eventsExportCommand(run: Run): Command {
  const command = new Command('export')
    .summary('the log as it is kept, one event a line')
    .description(
      'Prints every event as the log keeps it, with what its digest is made of, as JSON: one event a line. With the position of the last line, a later export goes on where this one ended.',
    )
    .option(
      '--after <position>',
      'only what came after this position, which a line of an export gave',
      readPlace,
    );
  return withConnectionOptions(command).action(async ({ after, ...options }: ExportOptions) => {
    await withApi(run, options, async (api) => {
      await printExported(api.stream(EventsService.exportEvents, { after }), run, (from) => {
        if (after === undefined) noteStart(from, run);
      });
    });
  });
}

export function eventsVerifyCommand(run: Run): Command {
  const command = new Command('verify')
    .summary('whether the log is what was recorded')
    .description(
      'Reads the whole log and works out its chain of digests. Ends with 1 where an event is missing, is at another place, or is not what was recorded; with --head also where the log is not the one that was saved.',
    )
    .option('--head <file>', 'what `events head -o json` printed once')
    .option('--key <file>', 'the public key in PEM that signed it; without, the one that came with it');
  return withConnectionOptions(command).action(async (options: VerifyOptions) => {
    if (options.key !== undefined && options.head === undefined)
      throw new CannotRun('--key is of a saved head: say it with --head');
    const saved = options.head === undefined ? undefined : await savedHead(options.head);
    const key = options.key === undefined ? undefined : (await read(options.key, '--key')).toString();
    const faults = await withApi(run, options, (api) =>
      faultsOf(api, saved?.head, run).catch(faultThatTheApiFound),
    );
    if (saved !== undefined) {
      const fault = faultOfSignature(saved, key);
      if (fault !== undefined && (key !== undefined || saved.signature.length > 0)) faults.push(fault);
      else if (fault !== undefined) run.note(`${fault}: that it is yours is for you to know`);
      else if (key === undefined)
        run.note('the signature is good by the key that came with it; say the one that you know with --key');
    }
    if (faults.length === 0) return;
    for (const fault of faults) run.write(`${run.paint('bad', fault)}\n`);
    run.endBadly();
  });
}

/** What is wrong with the log; says what was verified. `saved`: a place that it must have. */
async function faultsOf(api: ApiClient, saved: LogPlace | undefined, run: Run): Promise<string[]> {
  let chain: LogChain | undefined;
  let oldest: LogPlace | undefined;
  let seen: string | undefined;
  for await (const { from, events } of api.stream(EventsService.exportEvents, { after: undefined })) {
    if (from === undefined) throw new Error('the API did not say where the events belong');
    if (chain === undefined) {
      noteStart(from, run);
      oldest = from;
      chain = new LogChain(from);
      if (saved?.sequence === from.sequence) seen = from.digest;
    }
    const broken = chain.take(events);
    if (broken !== undefined) return [broken.message];
    seen ??= events.find(({ sequence }) => sequence === saved?.sequence)?.digest;
    run.progress(`${chain.place.sequence} events`);
  }
  run.progress('');
  if (chain === undefined || oldest === undefined) throw new Error('the API gave no log');
  const { place } = chain;
  run.write(`${place.sequence - oldest.sequence} events are what was recorded, up to ${placeText(place)}\n`);
  if (saved === undefined) return [];
  if (saved.log !== place.log) return [`this is log ${place.log}, and the saved head is of ${saved.log}`];
  // whoever rewrites a log could say that it was trimmed
  if (saved.sequence < oldest.sequence)
    return [
      `the saved head cannot be checked: it is of event ${saved.sequence}, and the log was trimmed up to ${oldest.sequence}`,
    ];
  if (seen === saved.digest) return [];
  return [
    seen === undefined
      ? `the log ends before event ${saved.sequence}, which the saved head has: its end is lost`
      : `the log was rewritten: at event ${saved.sequence} its digest is ${seen}, and was ${saved.digest}`,
  ];
}

/** The API looks at what it reads too, and does not go on where events are missing or do not follow. */
function faultThatTheApiFound(error: unknown): string[] {
  if (error instanceof ApiError && error.reason === 'LOG_CORRUPT') return [error.message];
  throw error;
}

async function savedHead(file: string): Promise<GetLogHeadResponse> {
  return readSavedHead((await read(file, '--head')).toString(), `--head ${file}`);
}

async function read(file: string, option: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new CannotRun(`${option} ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function noteStart(from: LogPlace | undefined, run: Run): void {
  if (from !== undefined && from.sequence > 0)
    run.note(
      `the log was trimmed: what was recorded before event ${from.sequence + 1} is in no chain any more`,
    );
}

function trimmedText(oldest: LogPlace | undefined): string {
  return oldest === undefined || oldest.sequence === 0 ? '' : `, after event ${oldest.sequence}`;
}

function placeText(place: LogPlace | undefined): string {
  return place === undefined
    ? 'nowhere'
    : `event ${place.sequence} of log ${place.log}, digest ${place.digest}`;
}
