import type { ExternalWorkloadState } from '@mcp/mesh';
import { readyByStatus } from './conditions.js';
import { read } from './field.js';
import { controllingOwner, identityOfNamespaced, labelsOf, linkerdAnnotationsOf } from './metadata.js';
import type { Parsed } from './parsed.js';

/** Version v1alpha1 spells the TLS settings `meshTls`. */
export function parseExternalWorkload(raw: unknown): Parsed<ExternalWorkloadState> {
  return read(raw, (object) => {
    const spec = object.at('spec');
    const meshTls = spec.at('meshTls').present ? spec.at('meshTls') : spec.at('meshTLS');
    const owner = controllingOwner(object);
    return {
      ...identityOfNamespaced(object),
      labels: labelsOf(object),
      annotations: linkerdAnnotationsOf(object),
      identity: meshTls.at('identity').text(),
      serverName: meshTls.at('serverName').text(),
      ports: spec.at('ports').list((port) => {
        const name = port.at('name').optional((text) => text.string());
        return {
          ...(name !== undefined && { name }),
          number: port.at('port').port(),
          protocol: port.at('protocol').optional((text) => text.string()) ?? 'TCP',
        };
      }),
      ips: spec.at('workloadIPs').list((entry) => entry.at('ip').string()),
      ready: readyByStatus(object),
      ...(owner && { owner }),
    };
  });
}
