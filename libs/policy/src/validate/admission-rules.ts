import type { ObjectSchema } from './schema.js';
import type { SpecPart } from './spec-part.js';
import type { Findings } from './violation.js';

/** What admission asks of the objects of one kind. */
export interface AdmissionRules {
  /** The schema of the spec, by served version. */
  readonly schemas: Readonly<Record<string, ObjectSchema>>;
  /** What Linkerd's webhook asks beyond it. */
  readonly webhook: (object: ObjectUnderAdmission, findings: Findings) => void;
}

/** An object as the webhook gets it, after the schema. */
export interface ObjectUnderAdmission {
  /** Undefined where the object does not say. */
  readonly namespace: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: SpecPart;
}
