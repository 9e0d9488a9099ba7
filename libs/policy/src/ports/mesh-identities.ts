import { identityOf } from '@mcp/mesh';
import type { UnknownInput } from '../verdict.js';
import type { MeshSettings } from '../view.js';

/** Turns service accounts into the identities that their pods prove, as far as the settings are known. */
export class MeshIdentities {
  readonly #mesh: { readonly controlPlaneNamespace: string; readonly trustDomain: string } | undefined;
  /** What is missing; empty where nothing is. */
  readonly doubts: readonly UnknownInput[];

  constructor({ controlPlaneNamespace, trustDomain }: MeshSettings) {
    this.#mesh =
      controlPlaneNamespace === undefined || trustDomain === undefined
        ? undefined
        : { controlPlaneNamespace, trustDomain };
    this.doubts = [
      ...(trustDomain === undefined ? [settingUnread('the trust domain')] : []),
      ...(controlPlaneNamespace === undefined ? [settingUnread("the control plane's namespace")] : []),
    ];
  }

  /** Undefined where a setting is missing. */
  ofServiceAccount(namespace: string, name: string): string | undefined {
    return this.#mesh && identityOf({ namespace, name }, this.#mesh);
  }

  /** A pattern for all service accounts of a namespace. Undefined where a setting is missing. */
  ofNamespace(namespace: string): string | undefined {
    return this.#mesh && identityOf({ namespace, name: '*' }, this.#mesh);
  }
}

export function settingUnread(setting: string): UnknownInput {
  return {
    code: 'SETTING_UNREAD',
    message: `${setting} is not known: the control plane does not say it or is not followed, and it is not configured`,
  };
}
