import { Command, Option } from 'commander';
import { messageJson } from '@mcp/api-client';
import { ExplainAccessRequest, ExplainAccessResponse, PolicyAnswersService } from '@mcp/contracts';
import { allPages } from '../connect/all-pages.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { withApi } from '../connect/with-api.js';
import { accessText, verdictsOf } from '../output/access.js';
import { structured } from '../output/structured.js';
import { basisNotes } from '../output/told-basis.js';
import type { Run } from '../run.js';
import { atOption, withRequestOptions } from './access-options.js';
import { outputOption } from './options.js';
import {
  clientDoc,
  readClient,
  readRequest,
  readTarget,
  type RequestOptions,
  targetDoc,
} from './references.js';

interface ExplainOptions extends ConnectionOptions, RequestOptions {
  readonly at?: string;
  readonly expect?: 'allow' | 'deny';
  readonly output: 'table' | 'json' | 'yaml';
}

export function explainCommand(run: Run): Command {
  const command = new Command('explain')
    .summary('may this client reach that port, and why')
    .description(
      'Says whether a client may reach a port, and why: as Linkerd decides it. Nothing is sent to the port.',
    )
    .argument('<client>', clientDoc)
    .argument('<target>', targetDoc)
    .option(...atOption)
    .addOption(
      new Option('--expect <verdict>', 'exit with 1 unless all of the answer is surely this').choices([
        'allow',
        'deny',
      ]),
    )
    .addOption(outputOption(['table', 'json', 'yaml']));
  return withConnectionOptions(withRequestOptions(command)).action(
    async (client: string, target: string, options: ExplainOptions) => {
      const question = {
        client: readClient(client),
        target: readTarget(target),
        request: readRequest(options),
        at: options.at ?? '',
      };
      const pages = await withApi(run, options, (api) =>
        allPages(run, (pageToken) =>
          api.unary(
            PolicyAnswersService.explainAccess,
            ExplainAccessRequest.fromPartial({ ...question, pageToken }),
          ),
        ),
      );
      const [first] = pages;
      const answer: ExplainAccessResponse = {
        ...first,
        answers: pages.flatMap(({ answers }) => answers),
        nextPageToken: '',
      };
      if (options.output === 'table') {
        basisNotes(answer.basis).forEach((note) => run.note(note));
        run.write(accessText(answer, run.paint));
      } else
        run.write(
          structured(messageJson('ExplainAccessResponse', ExplainAccessResponse, answer), options.output),
        );
      const verdicts = verdictsOf(answer);
      if (
        options.expect !== undefined &&
        !(verdicts.length > 0 && verdicts.every((verdict) => verdict === options.expect))
      )
        run.endBadly();
    },
  );
}
