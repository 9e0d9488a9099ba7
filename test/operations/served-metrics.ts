/** A metric as a process serves it. */
export interface ServedMetric {
  readonly app: string;
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** In the order of the page; undefined where there is no series. */
  readonly labels: readonly string[] | undefined;
}

/** The metrics of the product on a page in the text format of Prometheus; those of Node are its own. */
export function servedMetrics(app: string, page: string): readonly ServedMetric[] {
  const lines = page.split('\n');
  const types = new Map(matchesOf(lines, /^# TYPE (mcp_\S+) (\S+)$/));
  return matchesOf(lines, /^# HELP (mcp_\S+) (.+)$/).map(([name, help]) => {
    const type = types.get(name) ?? 'untyped';
    const series = lines.find((line) => new RegExp(`^${name}(_bucket)?[{ ]`).test(line));
    const labels =
      series === undefined ? undefined : [...series.matchAll(/(\w+)="/g)].map(([, label]) => label ?? '');
    return { app, name, help, type, labels: labels?.filter((label) => label !== 'le') };
  });
}

/** One table of all apps; what several have stands once. */
export function referenceOf(served: readonly ServedMetric[]): string {
  const byName = new Map<string, ServedMetric[]>();
  for (const metric of served) byName.set(metric.name, [...(byName.get(metric.name) ?? []), metric]);
  const rows = [...byName.values()].map((same) => {
    const [{ name, help, type, labels = [] }] = same as [ServedMetric];
    const apps = same.map(({ app }) => app);
    const shownLabels = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${shownLabels} | ${apps.length === 3 ? 'all' : apps.join(', ')} | ${help} |`;
  });
  return [
    '# Metrics',
    '',
    'Each process serves these at `/metrics`, on the port that `MCP_HTTP_PORT` names. Every series is there from the start, at zero. The metrics of Node itself, `nodejs_…` and `process_…`, are beside them.',
    '',
    '<!-- Generated from what the processes serve: GOLDEN_UPDATE=1 npm run e2e -- test/e2e/metrics -->',
    '<!-- prettier-ignore -->',
    '| metric | type | labels | app | what it is |',
    '| --- | --- | --- | --- | --- |',
    ...rows.sort(),
    '',
  ].join('\n');
}

function matchesOf(lines: readonly string[], pattern: RegExp): [string, string][] {
  return lines.flatMap((line): [string, string][] => {
    const [, first, second] = pattern.exec(line) ?? [];
    return first === undefined || second === undefined ? [] : [[first, second]];
  });
}
