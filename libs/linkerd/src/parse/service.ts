import type { ServiceState } from '@mcp/mesh';
import type { Field } from './field.js';
import { read } from './field.js';
import { identityOfNamespaced } from './metadata.js';
import type { Parsed } from './parsed.js';

const types = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] as const;

export function parseService(raw: unknown): Parsed<ServiceState> {
  return read(raw, (object) => {
    const spec = object.at('spec');
    const type = spec.at('type').optional((text) => text.oneOf(types)) ?? 'ClusterIP';
    const selector = spec.at('selector').labels();
    const externalName = spec.at('externalName').optional((name) => name.string());
    const addresses = clusterAddresses(spec);
    return {
      ...identityOfNamespaced(object),
      // Kubernetes makes no endpoints for an empty selector, nor for any selector of an ExternalName
      ...(type !== 'ExternalName' && Object.keys(selector).length > 0 && { selector }),
      type,
      headless: addresses.includes('None'),
      clusterIps: addresses.filter((address) => address !== 'None'),
      ...(externalName !== undefined && { externalName }),
      ports: spec.at('ports').list(readPort),
    };
  });
}

function clusterAddresses(spec: Field): string[] {
  const all = spec.at('clusterIPs').strings();
  const first = spec.at('clusterIP').optional((address) => address.string()) ?? '';
  return (all.length > 0 ? all : [first]).filter((address) => address !== '');
}

function readPort(port: Field): ServiceState['ports'][number] {
  const number = port.at('port').port();
  const name = port.at('name').optional((text) => text.string());
  const appProtocol = port.at('appProtocol').optional((text) => text.string());
  return {
    ...(name !== undefined && { name }),
    number,
    protocol: port.at('protocol').optional((text) => text.string()) ?? 'TCP',
    targetPort: readTargetPort(port.at('targetPort')) ?? number,
    ...(appProtocol !== undefined && { appProtocol }),
  };
}

/** Zero and the empty name mean the Service's own port, which is what the API server fills in. */
function readTargetPort(field: Field): number | string | undefined {
  if (!field.present || field.written === 0 || field.written === '') return undefined;
  return field.portOrName();
}
