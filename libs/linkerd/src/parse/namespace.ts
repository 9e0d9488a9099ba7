import type { NamespaceState } from '@mcp/mesh';
import { read } from './field.js';
import { labelsOf, linkerdAnnotationsOf, timeMs } from './metadata.js';
import type { Parsed } from './parsed.js';

export function parseNamespace(raw: unknown): Parsed<NamespaceState> {
  return read(raw, (object) => {
    const metadata = object.at('metadata');
    return {
      namespace: '',
      name: metadata.at('name').text(),
      uid: metadata.at('uid').text(),
      createdAt: timeMs(metadata.at('creationTimestamp')),
      labels: labelsOf(object),
      annotations: linkerdAnnotationsOf(object),
    };
  });
}
