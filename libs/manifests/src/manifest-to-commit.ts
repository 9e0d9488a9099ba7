import { stringify } from 'yaml';
import type { DesiredPresence } from '@mcp/events';
import { renderObject } from '@mcp/linkerd';

/** The desired object as YAML to commit where the manifests are kept; without a mark of ours, since we do not apply it. */
export function manifestToCommit(desired: Pick<DesiredPresence, 'key' | 'spec'>): string {
  return stringify(renderObject(desired));
}
