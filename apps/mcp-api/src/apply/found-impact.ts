import type { ImpactCode } from '@mcp/events';

/** What a change would come to that somebody has to accept. */
export interface FoundImpact {
  readonly code: ImpactCode;
  /** One sentence. Names workloads and callers. */
  readonly message: string;
  /** Another one where it is about others. */
  readonly digest: string;
}
