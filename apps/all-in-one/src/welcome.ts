import { setTimeout as sleep } from 'node:timers/promises';
import type { McpApi } from '../../mcp-api/src/index.js';

type Overview = ReturnType<McpApi['overview']>;

/** How long the first look waits for the first lists: what is not listed by then is said to be missing. */
const patienceMs = 10_000;

/** What the mesh looks like once everything is listed, or as far as it is when the patience ends. */
export async function firstLook(look: () => Overview, signal: AbortSignal): Promise<Overview> {
  const until = Date.now() + patienceMs;
  let before = '';
  for (;;) {
    const overview = look();
    // equal twice in a row: nothing that was just listed is still on its way through the log
    const now = JSON.stringify(overview);
    const settled = overview.namespaces.length > 0 && overview.syncing.length === 0 && now === before;
    if (settled || Date.now() > until || signal.aborted) return overview;
    before = now;
    await sleep(200, undefined, { signal }).catch(() => undefined);
  }
}

/** What a person wants to know first, and what to try next. On standard output; logs go to standard error. */
export function welcome(
  { namespaces, syncing, troubled }: Overview,
  at: {
    readonly mesh: string;
    readonly log: string;
    /** `host:port` of the API. */
    readonly api: string;
    readonly operations: number;
    readonly authenticated: boolean;
  },
): void {
  const rows = namespaces.map(({ namespace, workloads, meshed, services, policyObjects, problems }) =>
    [namespace, workloads, meshed, services, policyObjects, problems].map(String),
  );
  const table = [['namespace', 'workloads', 'meshed', 'services', 'policy', 'problems'], ...rows];
  const widths = [0, 1, 2, 3, 4, 5].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  const notes = [
    ...(syncing.length > 0 ? [`still being listed: ${syncing.join(', ')}`] : []),
    ...troubled.map(({ kind, reason }) => `not followed as it should be: ${kind}: ${reason}`),
  ];
  const token = at.authenticated ? ' MCP_TOKEN=<token>' : '';
  process.stdout.write(`
  looking at   ${at.mesh}
  event log    ${at.log}
  gRPC API     ${at.api}
  operations   http://127.0.0.1:${at.operations}/readyz and /metrics

${[...lines, ...notes].map((line) => `  ${line.trimEnd()}`).join('\n')}

Try, in another terminal:

  export MCP_ADDRESS=${at.api}${token}
  npx linkerd-mcp graph
  npx linkerd-mcp watch
  npx linkerd-mcp --help

Ctrl-C ends it.
`);
}
