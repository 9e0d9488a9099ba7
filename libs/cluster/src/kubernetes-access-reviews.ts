import type { ClusterUser } from '@mcp/events';
import type { ClusterConnection } from '@mcp/kubernetes';
import { isKubernetesError } from '@mcp/kubernetes';
import { AccessUnknown, type AccessReviews, type Deed, type Permission } from '@mcp/sources';

/** A caller waits for it. */
const timeoutMs = 5_000;

/** The reviews of one API server. Needs the right to create tokenreviews and subjectaccessreviews, each where it is used. */
export class KubernetesAccessReviews implements AccessReviews {
  constructor(private readonly connection: ClusterConnection) {}

  async userOf(token: string, audience: string | undefined): Promise<ClusterUser | undefined> {
    const status = await this.#review('authentication.k8s.io', 'TokenReview', {
      token,
      ...(audience !== undefined && { audiences: [audience] }),
    });
    if (status['authenticated'] !== true) return undefined;
    // a server that knows nothing of audiences takes tokens for itself and names none
    if (audience !== undefined && !textsOf(status['audiences']).includes(audience)) return undefined;
    const user = recordOf(status['user']);
    const { username, uid, groups, extra } = user;
    if (typeof username !== 'string' || username === '') {
      throw new AccessUnknown('the API server takes the token and does not say whose it is', undefined);
    }
    return {
      name: username,
      ...(typeof uid === 'string' && uid !== '' && { uid }),
      groups: textsOf(groups),
      ...(Object.keys(recordOf(extra)).length > 0 && { extra: listsOf(recordOf(extra)) }),
    };
  }

  async may({ name, uid, groups, extra }: ClusterUser, deed: Deed): Promise<Permission> {
    const { name: object, ...attributes } = deed;
    const status = await this.#review('authorization.k8s.io', 'SubjectAccessReview', {
      user: name,
      uid,
      groups,
      extra,
      resourceAttributes: { ...attributes, name: object },
    });
    const { allowed, denied, reason, evaluationError } = status;
    const said = typeof reason === 'string' ? reason : '';
    if (allowed === true && denied !== true) return { allowed: true, reason: said };
    // an authorizer that failed, while the others have no opinion, has refused nothing
    if (denied !== true && typeof evaluationError === 'string' && evaluationError !== '')
      throw new AccessUnknown(`the API server could not find out what ${name} may do`, evaluationError);
    return { allowed: false, reason: said };
  }

  /** The status of a review. What the API server says of a fault may hold what was asked, and stays in the cause. */
  async #review(group: string, kind: string, spec: object): Promise<Readonly<Record<string, unknown>>> {
    const resource = `${kind.toLowerCase()}s`;
    try {
      const { body } = await this.connection.request('POST', `/apis/${group}/v1/${resource}`, {
        body: { apiVersion: `${group}/v1`, kind, spec },
        timeoutMs,
      });
      const { status } = recordOf(body);
      if (status === undefined)
        throw new AccessUnknown(`the API server answers without a status to a ${kind}`, undefined);
      return recordOf(status);
    } catch (error) {
      if (!isKubernetesError(error)) throw error;
      const why =
        error.code === 'FORBIDDEN'
          ? `this installation lacks the right to create ${resource}.${group}`
          : `the API server does not answer to a ${kind}`;
      throw new AccessUnknown(why, error);
    }
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

function listsOf(extra: Readonly<Record<string, unknown>>): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, textsOf(values)]));
}
