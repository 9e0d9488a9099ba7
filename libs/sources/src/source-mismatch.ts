import type { SourceIdentity } from '@mcp/events';

/** The log belongs to another mesh. Going on would record this mesh's life as the other's. */
export class SourceMismatch extends Error {
  readonly code = 'SOURCE_MISMATCH';
  constructor(recorded: SourceIdentity, actual: SourceIdentity) {
    super(
      `the event log is of ${formatSource(recorded)}, the source is ${formatSource(actual)}; ` +
        'give each its own MCP_MESH or MCP_DATA_DIR (SOURCE_MISMATCH)',
    );
  }
}

/** Fails with `SourceMismatch` when a log's first event tells of another source. */
export function refuseOtherSource(recorded: SourceIdentity, actual: SourceIdentity): void {
  if (recorded.source !== actual.source || recorded.id !== actual.id)
    throw new SourceMismatch(recorded, actual);
}

function formatSource({ source, id }: SourceIdentity): string {
  switch (source) {
    case 'kubernetes':
      return `the cluster ${id}`;
    case 'simulated':
      return `the simulated mesh of seed ${id}`;
    case 'manifests':
      return `the manifests in ${id}`;
  }
}
