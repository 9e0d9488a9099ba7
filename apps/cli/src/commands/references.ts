import {
  AccessClient,
  type AccessRequest,
  AccessTarget,
  HttpRequest,
  type ObjectKey,
  type WorkloadRef,
} from '@mcp/contracts';
import { CannotRun } from '../exit-code.js';

export const targetDoc =
  'namespace/name:port of a workload, namespace/Kind/name:port, or service:namespace/name:port; the port by number or name';
export const clientDoc =
  'namespace/name of a workload, namespace/Kind/name, sa:namespace/name, identity:NAME, or address:IP';

/** Fails with `CannotRun`, as all of these do. */
export function readWorkload(text: string): WorkloadRef {
  const parts = text.split('/');
  const [namespace = '', second = '', third] = parts;
  if (parts.length < 2 || parts.length > 3 || parts.includes(''))
    throw new CannotRun(`${text} is no workload: say namespace/name, or namespace/Kind/name`);
  return third === undefined
    ? { namespace, kind: '', name: second }
    : { namespace, kind: second, name: third };
}

export const objectDoc = 'namespace/Kind/name';

export function readObject(text: string): ObjectKey {
  const [namespace = '', kind = '', name = '', ...more] = text.split('/');
  if (name === '' || kind === '' || namespace === '' || more.length > 0)
    throw new CannotRun(`${text} is no object: say ${objectDoc}`);
  return { kind, namespace, name };
}

export function readTarget(text: string): AccessTarget {
  const [, head = '', port = ''] = /^(.*):([^:/]+)$/.exec(text) ?? [];
  if (head === '' || !head.includes('/')) throw new CannotRun(`${text} is no target: say ${targetDoc}`);
  const at = /^\d+$/.test(port) ? { port: Number(port) } : { portName: port };
  const service = withoutPrefix(head, 'service:', 'svc:');
  if (service === undefined) return AccessTarget.fromPartial({ workload: readWorkload(head), ...at });
  const { namespace, kind, name } = readWorkload(service);
  if (kind !== '') throw new CannotRun(`${text} is no target: say service:namespace/name:port`);
  return AccessTarget.fromPartial({ service: { namespace, name }, ...at });
}

export function readClient(text: string): AccessClient {
  const account = withoutPrefix(text, 'sa:', 'serviceaccount:');
  if (account !== undefined) {
    const { namespace, kind, name } = readWorkload(account);
    if (kind !== '') throw new CannotRun(`${text} is no client: say sa:namespace/name`);
    return AccessClient.fromPartial({ serviceAccount: { namespace, name } });
  }
  const identity = withoutPrefix(text, 'identity:');
  if (identity !== undefined) return AccessClient.fromPartial({ identity });
  const address = withoutPrefix(text, 'address:');
  if (address !== undefined) return AccessClient.fromPartial({ address });
  return AccessClient.fromPartial({ workload: readWorkload(text) });
}

export interface RequestOptions {
  readonly method?: string;
  readonly path?: string;
  readonly header: readonly string[];
  readonly bytes: boolean;
}

/** Undefined: whatever the port serves. */
export function readRequest({ method, path, header, bytes }: RequestOptions): AccessRequest | undefined {
  const http = method !== undefined || path !== undefined || header.length > 0;
  if (bytes && http)
    throw new CannotRun('--bytes is for what is not HTTP: leave it out, or --method, --path and --header');
  if (bytes) return { bytes: true, http: undefined };
  if (!http) return undefined;
  const headers = header.map((line) => {
    const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    if (name === '') throw new CannotRun(`--header ${line}: say "name: value"`);
    return { name: name.trim(), value };
  });
  return {
    bytes: false,
    http: HttpRequest.fromPartial({ method: method ?? 'GET', path: path ?? '/', headers }),
  };
}

function withoutPrefix(text: string, ...prefixes: readonly string[]): string | undefined {
  const prefix = prefixes.find((one) => text.startsWith(one));
  return prefix === undefined ? undefined : text.slice(prefix.length);
}
