import { Argument, Command } from 'commander';
import { messageJson } from '@mcp/api-client';
import { DiffRequest, DiffResponse, HistoryService } from '@mcp/contracts';
import { allPages } from '../connect/all-pages.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { withApi } from '../connect/with-api.js';
import { diffText } from '../output/diff.js';
import { structured } from '../output/structured.js';
import { basisNotes } from '../output/told-basis.js';
import type { Run } from '../run.js';
import { listed, moment, outputOption } from './options.js';

interface DiffOptions extends ConnectionOptions {
  readonly namespace: readonly string[];
  readonly output: 'table' | 'json' | 'yaml';
}

const momentDoc = 'a time, how long ago (such as 24h), or a position that an answer gave';

export function diffCommand(run: Run): Command {
  const command = new Command('diff')
    .summary('what is different between two moments of the mesh')
    .description(
      'Tells what was added, removed and changed, field by field, with who wrote the fields of policies; and the known callers about whom policy decides otherwise.',
    )
    .addArgument(new Argument('<from>', `the earlier moment: ${momentDoc}`).argParser(readMoment))
    .addArgument(
      new Argument('[to]', `the later one: ${momentDoc}; left out, it is now`).argParser(readMoment),
    )
    .option('-n, --namespace <namespaces>', 'only what is there; several with commas', listed, [])
    .addOption(outputOption(['table', 'json', 'yaml']));
  return withConnectionOptions(command).action(
    async (from: Moment, to: Moment | undefined, options: DiffOptions) => {
      const question = DiffRequest.fromPartial({
        ...{ from: from.position ?? '', fromTime: from.time },
        ...{ to: to?.position ?? '', toTime: to?.time },
        namespaces: [...options.namespace],
      });
      await withApi(run, options, async (api) => {
        const [first, ...more] = await allPages(run, (pageToken) =>
          api.unary(HistoryService.diff, { ...question, pageToken }),
        );
        const answer = {
          ...first,
          changes: [first, ...more].flatMap(({ changes }) => changes),
          reach: [first, ...more].flatMap(({ reach }) => reach),
          nextPageToken: '',
        };
        if (options.output !== 'table') {
          run.write(structured(messageJson('DiffResponse', DiffResponse, answer), options.output));
          return;
        }
        basisNotes(answer.to).forEach((note) => run.note(note));
        run.write(diffText(answer, run.paint));
      });
    },
  );
}

/** A position is the log's id, a sequence and a digest, separated by dots. */
const positionForm = /^[^.]+\.\d+\.[0-9a-f]+$/;

interface Moment {
  readonly position?: string;
  readonly time?: Date;
}

function readMoment(text: string): Moment {
  return positionForm.test(text) ? { position: text } : { time: moment(text) };
}
