import type { LabelSelector, ServerSpec } from '@mcp/mesh';

export function renderServer({ selects, selector, port, proxyProtocol, accessPolicy }: ServerSpec): object {
  const name = selects === 'pods' ? 'podSelector' : 'externalWorkloadSelector';
  return { [name]: renderSelector(selector), port, proxyProtocol, accessPolicy };
}

/**
 * The expressions are always said, even none, so that a selector is never empty: an API server makes null of a map that an apply has emptied,
 * and refuses it (kubernetes#135841, seen on 1.20).
 */
function renderSelector({ matchLabels, matchExpressions }: LabelSelector): object {
  return {
    ...(Object.keys(matchLabels).length > 0 && { matchLabels: { ...matchLabels } }),
    matchExpressions: matchExpressions.map((expression) => ({ ...expression })),
  };
}
