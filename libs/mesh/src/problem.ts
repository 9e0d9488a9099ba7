/** Something that is wrong with an object, said so that a person can mend it. `code` is stable. */
export interface Problem {
  readonly code: string;
  /** Dotted path to the field, for example `spec.targetRef.kind`; empty where it is the object as a whole. */
  readonly field: string;
  readonly message: string;
}
