import type { Manifest } from './helm.js';

interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seccompProfile?: { readonly type: string };
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly privileged?: boolean;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly securityContext?: SecurityContext;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly command?: readonly string[];
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly securityContext?: SecurityContext;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
}

/** The pods that a manifest makes. */
export function podOf({ kind, spec }: Manifest): PodSpec | undefined {
  if (kind === 'Pod') return spec as PodSpec;
  const { template } = (spec ?? {}) as { template?: { spec: PodSpec } };
  return template?.spec;
}

const volumeTypes = [
  'name',
  'configMap',
  'downwardAPI',
  'emptyDir',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/**
 * What of a pod the level `restricted` of Pod Security refuses, and a root file system that can be written besides.
 * Source: kubernetes.io/docs/concepts/security/pod-security-standards. The API server of the tests is older than the admission that
 * decides it.
 */
export function notRestricted(pod: PodSpec): readonly string[] {
  const of = pod.securityContext ?? {};
  const refused: string[] = [];
  if (pod.hostNetwork === true || pod.hostPID === true || pod.hostIPC === true)
    refused.push('namespaces of the host');
  for (const volume of pod.volumes ?? [])
    refused.push(...Object.keys(volume).filter((type) => !volumeTypes.includes(type)));
  for (const { name, securityContext: own = {} } of [...pod.containers, ...(pod.initContainers ?? [])]) {
    const must = (holds: boolean, what: string): void => {
      if (!holds) refused.push(`${name}: ${what}`);
    };
    must((own.runAsNonRoot ?? of.runAsNonRoot) === true, 'runAsNonRoot');
    must((own.runAsUser ?? of.runAsUser) !== 0, 'runAsUser');
    must(
      ['RuntimeDefault', 'Localhost'].includes((own.seccompProfile ?? of.seccompProfile)?.type ?? ''),
      'seccompProfile',
    );
    must(own.allowPrivilegeEscalation === false, 'allowPrivilegeEscalation');
    must(own.privileged !== true, 'privileged');
    must(own.capabilities?.drop?.includes('ALL') === true, 'capabilities.drop');
    must((own.capabilities?.add ?? []).length === 0, 'capabilities.add');
    must(own.readOnlyRootFilesystem === true, 'readOnlyRootFilesystem');
  }
  return refused;
}
