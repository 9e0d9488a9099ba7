import type { Finding } from './finding.js';
import { finding } from './finding.js';
import type { LintedNamespace } from './linted-namespace.js';

export function* lintUnreadable({ index, view }: LintedNamespace): Iterable<Finding> {
  for (const { key, problem } of view.unreadable)
    // one of a kind that is not live may be gone, or mended
    if (!index.view.notLive.has(key.kind))
      yield finding('LNK801', { kind: 'object', key }, problem.field, problem.message);
}
