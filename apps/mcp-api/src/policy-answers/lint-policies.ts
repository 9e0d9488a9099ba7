import { LintPoliciesResponse } from '@mcp/contracts';
import { findNamespace, isInScope, mustSee, seenNamespaces } from './find-in-mesh.js';
import { type AnswerPages, joined, type Paging } from './thread/answer-pages.js';

/** What of the policy of the mesh does not do what it seems to do. Answers are encoded. */
export class LintPolicies {
  constructor(private readonly pages: AnswerPages) {}

  /** An empty namespace: all. Fails with NAMESPACE_NOT_FOUND or SOURCE_NOT_LIVE, and as `AnswerPages.place` does. */
  async lint(namespace: string, paging: Paging, signal: AbortSignal): Promise<Uint8Array> {
    const place = await this.pages.place(['lint', namespace], paging, signal);
    const { view } = place.mesh.index;
    if (namespace !== '') mustSee(view, paging.visible, namespace, 'namespace');
    const outOfScope = namespace !== '' && !isInScope(view, namespace);
    if (namespace !== '' && !outOfScope) findNamespace(view, namespace, 'namespace');
    const among = namespace === '' ? seenNamespaces(view, paging.visible) : [namespace];
    const question = { kind: 'lint', ...(among && { namespaces: among }) } as const;
    const { lists, ...rest } = await this.pages.page(place, question, signal);
    return joined(LintPoliciesResponse.encode({ ...rest, findings: [], outOfScope }).finish(), lists);
  }
}
