import { annotations } from '../names.js';
import type { PortList } from '../matching/port-list.js';
import { parsePortList } from '../matching/port-list.js';
import type { Endpoint } from '../view.js';

/**
 * What Helm's `proxyInit.ignoreInboundPorts` and `proxyInit.ignoreOutboundPorts` list by default. Assumed of a pod that does not say
 * what it skips: the lists that Linkerd was installed with are in no object of the pod's.
 */
const skippedByDefault = parsePortList('4567,4568');

/**
 * The ports for which traffic goes past the proxy of a pod. What `linkerd-init` was told is what holds: an annotation that was written
 * after the pod was made does nothing. Without it, as with the CNI plugin, the annotation is what the plugin reads.
 * `bad` says what of the pod cannot be read.
 * Source: linkerd2 charts/partials/templates/_proxy-init.tpl, pkg/inject/inject.go (read at b24cd40).
 */
export function skippedPorts(
  { skippedPorts: told, annotations: own }: Endpoint,
  direction: 'inbound' | 'outbound',
): PortList | { readonly bad: string } {
  if (told !== undefined)
    return readable(told[direction], `argument --${direction}-ports-to-ignore of linkerd-init`);
  const name = direction === 'inbound' ? annotations.skipInboundPorts : annotations.skipOutboundPorts;
  const list = own[name];
  return list === undefined ? skippedByDefault : readable(list, `annotation ${name}`);
}

function readable(list: string, where: string): PortList | { readonly bad: string } {
  const ports = parsePortList(list);
  return 'bad' in ports ? { bad: `${where} has "${ports.bad}", which is no port` } : ports;
}
