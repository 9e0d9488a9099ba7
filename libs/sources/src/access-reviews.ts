import type { ClusterUser } from '@mcp/events';

/** What the API server says of people and their rights: TokenReview and SubjectAccessReview. */
export interface AccessReviews {
  /**
   * Whose token it is; undefined where the API server does not take it: unknown, expired, of another cluster or audience.
   * Without an audience the token must be for the API server itself. Fails with `AccessUnknown`.
   */
  userOf(token: string, audience: string | undefined): Promise<ClusterUser | undefined>;

  /** Whether the user may do so now. Fails with `AccessUnknown`. */
  may(user: ClusterUser, deed: Deed): Promise<Permission>;
}

/** What someone wants to do, as roles name it. */
export interface Deed {
  readonly verb: 'list' | 'patch' | 'create' | 'delete';
  /** Empty for the core group. */
  readonly group: string;
  /** In the plural: `authorizationpolicies`. */
  readonly resource: string;
  /** Absent: in all of them. */
  readonly namespace?: string;
  /** Absent: of any name. */
  readonly name?: string;
}

export interface Permission {
  readonly allowed: boolean;
  /** The API server's words, often empty. */
  readonly reason: string;
}

/** The API server could not be asked, or did not answer so that it tells. Nothing follows about the user. */
export class AccessUnknown extends Error {
  readonly code = 'ACCESS_UNKNOWN';
  constructor(why: string, cause: unknown) {
    super(`${why} (ACCESS_UNKNOWN)`, { cause });
  }
}
