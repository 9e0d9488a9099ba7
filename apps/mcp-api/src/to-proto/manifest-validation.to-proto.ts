import { Judgement, type ManifestValidation } from '@mcp/contracts';
import type { ManifestTextObject } from '@mcp/manifests';
import { type NotJudged, validate, violationRules } from '@mcp/policy';

export function manifestValidationToProto({
  document,
  line,
  object,
}: ManifestTextObject): ManifestValidation {
  const validation = validate(object);
  const manifest = isRecord(object) ? object : {};
  const metadata = isRecord(manifest['metadata']) ? manifest['metadata'] : {};
  const named = {
    document,
    line,
    apiVersion: textOf(manifest['apiVersion']),
    object: {
      kind: textOf(manifest['kind']),
      namespace: textOf(metadata['namespace']),
      name: textOf(metadata['name']),
    },
  };
  if (!validation.judged) {
    const { reason, message } = validation;
    return {
      ...named,
      judgement: notJudgedToProto[reason],
      notJudgedBecause: message,
      violations: [],
      notes: [],
    };
  }
  const { violations, notes } = validation;
  return {
    ...named,
    judgement: violations.length === 0 ? Judgement.JUDGEMENT_ADMITTED : Judgement.JUDGEMENT_REFUSED,
    notJudgedBecause: '',
    violations: violations.map((violation) => ({ ...violation, rule: violationRules[violation.code] })),
    notes,
  };
}

const notJudgedToProto: Readonly<Record<NotJudged, Judgement>> = {
  'not-an-object': Judgement.JUDGEMENT_NOT_AN_OBJECT,
  'other-kind': Judgement.JUDGEMENT_OTHER_KIND,
  'other-version': Judgement.JUDGEMENT_OTHER_VERSION,
};

/** What a manifest has in place of a text is not repeated, and no name is longer than this. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 253) : '';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
