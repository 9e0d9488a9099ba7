import { Judgement, ManifestValidation, ValidateManifestsResponse } from '@mcp/contracts';
import { readManifestText } from '@mcp/manifests';
import { manifestValidationToProto } from '../../to-proto/manifest-validation.to-proto.js';
import type { PolicyReply } from './policy-task.js';

/** Below what clients accept by default. */
const mostBytes = 3 * 1024 * 1024;

/** The answer, encoded; or why the text as a whole is not read. */
export function validateManifests(
  yaml: string,
): Extract<PolicyReply, { readonly kind: 'validated' | 'refused' }> {
  const { objects, problems } = readManifestText(yaml);
  const refused = problems.find(({ document }) => document === 0);
  if (refused !== undefined) return { kind: 'refused', message: refused.message };
  const manifests = objects.map(manifestValidationToProto);
  let bytes = 0;
  const told = manifests.filter((manifest) => {
    bytes += ManifestValidation.encode(manifest).finish().byteLength;
    return bytes <= mostBytes;
  });
  return {
    kind: 'validated',
    answer: ValidateManifestsResponse.encode({
      admitted: problems.length === 0 && manifests.every(isAdmitted),
      manifests: told,
      problems,
      moreManifests: manifests.length - told.length,
    }).finish(),
  };
}

/** What Linkerd has no rules for is not Linkerd's to refuse. */
function isAdmitted({ judgement }: ManifestValidation): boolean {
  return judgement === Judgement.JUDGEMENT_ADMITTED || judgement === Judgement.JUDGEMENT_OTHER_KIND;
}
