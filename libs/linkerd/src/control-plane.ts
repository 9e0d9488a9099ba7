import type { ControlPlaneState, DefaultPolicy } from '@mcp/mesh';
import { defaultPolicies } from '@mcp/mesh';
import { readCidr } from '@mcp/policy';
import { destinationDeployment, policyContainer } from './names.js';
import type { Field } from './parse/field.js';
import { read } from './parse/field.js';
import { flagValues } from './parse/flag-values.js';
import { identityOfNamespaced, labelsOf } from './parse/metadata.js';
import type { Parsed } from './parse/parsed.js';

/** The settings of the control plane that decide verdicts. Undefined is not known. */
export interface ControlPlaneSettings {
  readonly trustDomain?: string;
  readonly controlPlaneNamespace?: string;
  readonly defaultPolicy?: DefaultPolicy;
  readonly clusterNetworks?: readonly string[];
  readonly probeNetworks?: readonly string[];
}

/** What the policy controller uses for a flag that is not given; for the others that is not known. */
const withoutFlag: ControlPlaneSettings = {
  clusterNetworks: ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'],
  probeNetworks: [],
};

/**
 * The settings that the control plane runs with, from the arguments of the container `policy` of the Deployment
 * linkerd-destination. What is configured takes the place of what was read. A setting that cannot be read with certainty
 * is left undefined.
 * Source: linkerd2 policy-controller/runtime/src/args.rs (read at b24cd40).
 */
export function parseControlPlane(
  raw: unknown,
  configured: ControlPlaneSettings = {},
): Parsed<ControlPlaneState> {
  return read(raw, (deployment) => {
    const version = labelsOf(deployment)['app.kubernetes.io/version'];
    return {
      ...identityOfNamespaced(deployment),
      ...settingsIn(policyArguments(deployment)),
      ...configured,
      ...(version !== undefined && { version }),
      configured: Object.keys(configured).sort(),
    };
  });
}

/** What is known of a control plane that cannot be seen: what is configured, undefined where that is nothing. */
export function configuredControlPlane(configured: ControlPlaneSettings): ControlPlaneState | undefined {
  if (Object.keys(configured).length === 0) return undefined;
  return {
    namespace: configured.controlPlaneNamespace ?? 'linkerd',
    name: destinationDeployment,
    uid: 'configured',
    createdAt: 0,
    ...configured,
    configured: Object.keys(configured).sort(),
  };
}

function policyArguments(deployment: Field): readonly string[] | undefined {
  return deployment
    .at('spec')
    .at('template')
    .at('spec')
    .at('containers')
    .list((container) => ({
      name: container.at('name').string(),
      args: container.at('args').optional((list) => list.strings()),
    }))
    .find((container) => container.name === policyContainer)?.args;
}

function settingsIn(args: readonly string[] | undefined): ControlPlaneSettings {
  if (args === undefined) return {};
  const trustDomain = flag(args, 'identity-domain');
  const controlPlaneNamespace = flag(args, 'control-plane-namespace');
  const defaultPolicyName = flag(args, 'default-policy');
  const defaultPolicy = defaultPolicies.find((policy) => policy === defaultPolicyName);
  const clusterNetworks = networks(args, 'cluster-networks') ?? withoutFlag.clusterNetworks;
  const probeNetworks = networks(args, 'probe-networks') ?? withoutFlag.probeNetworks;
  return {
    ...(typeof trustDomain === 'string' && { trustDomain }),
    ...(typeof controlPlaneNamespace === 'string' && { controlPlaneNamespace }),
    ...(defaultPolicy !== undefined && { defaultPolicy }),
    ...(typeof clusterNetworks === 'object' && { clusterNetworks }),
    ...(typeof probeNetworks === 'object' && { probeNetworks }),
  };
}

const unreadable = Symbol('unreadable');

/** Undefined where it is not given. */
function flag(args: readonly string[], name: string): string | typeof unreadable | undefined {
  const given = flagValues(args, name);
  const [value] = given;
  if (value === undefined) return undefined;
  // given twice, or from the environment of the container, which the Deployment may not show
  if (given.length > 1 || value === '' || value.includes('$(')) return unreadable;
  return value;
}

function networks(args: readonly string[], name: string): readonly string[] | typeof unreadable | undefined {
  const value = flag(args, name);
  if (typeof value !== 'string') return value;
  const list = value.split(',').map((part) => part.trim());
  return list.every((text) => readCidr(text) !== undefined) ? list : unreadable;
}
