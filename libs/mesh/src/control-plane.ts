import type { ObjectIdentity } from './object-identity.js';
import type { DefaultPolicy } from './policy-objects.js';

/**
 * What the control plane runs with. A setting that could not be read is undefined: the answer that needs it is unknown,
 * never a guess.
 */
export interface ControlPlaneState extends ObjectIdentity {
  readonly trustDomain?: string;
  readonly controlPlaneNamespace?: string;
  readonly defaultPolicy?: DefaultPolicy;
  readonly clusterNetworks?: readonly string[];
  readonly probeNetworks?: readonly string[];
  readonly version?: string;
  /** The settings that come from our configuration and not from the cluster. */
  readonly configured: readonly string[];
}
