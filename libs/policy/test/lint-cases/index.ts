import { annotationCases } from './annotations.js';
import { authenticationCases } from './authentications.js';
import { authorizationCases } from './authorizations.js';
import type { LintCase } from './lint-case.js';
import { rateLimitCases } from './rate-limits.js';
import { referenceCases } from './references.js';
import { routeCases } from './routes.js';
import { serverCases } from './servers.js';
import { unreadableCases } from './unreadable.js';

/** For every code: where it is found, and where it is not. */
export const lintCases: readonly LintCase[] = [
  ...serverCases,
  ...referenceCases,
  ...authorizationCases,
  ...routeCases,
  ...authenticationCases,
  ...annotationCases,
  ...rateLimitCases,
  ...unreadableCases,
];
