import { Command } from 'commander';
import { messageJson } from '@mcp/api-client';
import { PolicyAnswersService, WhoCanReachRequest, WhoCanReachResponse } from '@mcp/contracts';
import { allPages } from '../connect/all-pages.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { withApi } from '../connect/with-api.js';
import { clientGroupsText } from '../output/client-groups.js';
import { structured } from '../output/structured.js';
import { basisNotes } from '../output/told-basis.js';
import type { Run } from '../run.js';
import { atOption, withRequestOptions } from './access-options.js';
import { outputOption } from './options.js';
import { readRequest, readTarget, type RequestOptions, targetDoc } from './references.js';

interface WhoCanReachOptions extends ConnectionOptions, RequestOptions {
  readonly at?: string;
  readonly output: 'table' | 'json' | 'yaml';
}

export function whoCanReachCommand(run: Run): Command {
  const command = new Command('who-can-reach')
    .summary('every client of a port, by what it may do there')
    .description(
      'Lists every client of a workload or Service, by what it may do there and by the rule that says so.',
    )
    .argument('<target>', targetDoc)
    .option(...atOption)
    .addOption(outputOption(['table', 'json', 'yaml']));
  return withConnectionOptions(withRequestOptions(command)).action(
    async (target: string, options: WhoCanReachOptions) => {
      const question = { target: readTarget(target), request: readRequest(options), at: options.at ?? '' };
      const pages = await withApi(run, options, (api) =>
        allPages(run, (pageToken) =>
          api.unary(
            PolicyAnswersService.whoCanReach,
            WhoCanReachRequest.fromPartial({ ...question, pageToken }),
          ),
        ),
      );
      const groups = pages.flatMap((page) => page.groups);
      const answer: WhoCanReachResponse = { ...pages[0], groups, nextPageToken: '' };
      if (options.output === 'table') {
        basisNotes(answer.basis).forEach((note) => run.note(note));
        run.write(clientGroupsText(answer, run.paint));
      } else
        run.write(
          structured(messageJson('WhoCanReachResponse', WhoCanReachResponse, answer), options.output),
        );
    },
  );
}
