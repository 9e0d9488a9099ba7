import type { EdgeSample } from '@mcp/mesh';

/** Adding up what is known of all; latencies and shares of several cannot be told. */
const added = [
  'startedPerSecond',
  'openConnections',
  'openedPerSecond',
  'failedConnectionsPerSecond',
  'writtenBytesPerSecond',
  'readBytesPerSecond',
] as const satisfies readonly (keyof EdgeSample)[];

/**
 * What was measured of edges together; undefined where one of them was not measured. Of a single one no more is told than of several, so that it
 * does not say how many they are.
 */
export function joinedSample(samples: readonly (EdgeSample | undefined)[]): EdgeSample | undefined {
  const known = samples.filter((sample) => sample !== undefined);
  if (known.length < samples.length) return undefined;
  const responses = known.map(withResponses);
  return Object.fromEntries(
    [
      ...(['successPerSecond', 'failurePerSecond'] as const).map((field) => [field, sum(responses, field)]),
      ...added.map((field) => [field, sum(known, field)]),
    ].filter(([, value]) => value !== undefined),
  ) as EdgeSample;
}

/** A proxy has no counter of what never happened: where one of the two is known, there was none of the other. */
function withResponses({ successPerSecond, failurePerSecond, ...sample }: EdgeSample): EdgeSample {
  if (successPerSecond === undefined && failurePerSecond === undefined) return sample;
  return { ...sample, successPerSecond: successPerSecond ?? 0, failurePerSecond: failurePerSecond ?? 0 };
}

function sum(samples: readonly EdgeSample[], field: keyof EdgeSample): number | undefined {
  let total = 0;
  for (const { [field]: value } of samples) {
    if (value === undefined) return undefined;
    total += value;
  }
  return total;
}
