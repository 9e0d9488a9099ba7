import type { NoteCode, ViolationCode } from './violation-rules.js';

/** One rule that an object breaks. */
export interface Violation {
  /** Stable; `violationRules` says the rule in words. */
  readonly code: ViolationCode;
  /** Dotted path to the field, for example `spec.networks[0].cidr`. Empty where it is the object as a whole. */
  readonly field: string;
  /** Who refuses: the schema of the kind, its CEL rules included, or Linkerd's admission webhook, which is asked after it. */
  readonly layer: 'schema' | 'webhook';
  /** What is wrong, and what would be right. */
  readonly message: string;
}

/** Something to know about an object that no rule refuses. */
export interface Note {
  readonly code: NoteCode;
  readonly field: string;
  readonly message: string;
}

export type Validation =
  | {
      readonly judged: true;
      /** Everything that is wrong, in the order of the fields; the first 100 where it is more. Empty: it is admitted. */
      readonly violations: readonly Violation[];
      readonly notes: readonly Note[];
    }
  | { readonly judged: false; readonly reason: NotJudged; readonly message: string };

/**
 * `not-an-object`: no Kubernetes object at all. `other-kind`: Linkerd has no rules for the kind. `other-version`: a version of
 * a Gateway API kind that another bundle of that API may serve.
 */
export type NotJudged = 'not-an-object' | 'other-kind' | 'other-version';

/** More than anyone reads; what is wrong beyond it is the same again. */
const mostViolations = 100;

/** Collects what is found of one object, up to the most that is told. */
export class Findings {
  readonly violations: Violation[] = [];
  readonly notes: Note[] = [];

  get full(): boolean {
    return this.violations.length >= mostViolations;
  }

  schema(code: ViolationCode, field: string, message: string): void {
    this.add({ code, field, layer: 'schema', message });
  }

  webhook(code: ViolationCode, field: string, message: string): void {
    this.add({ code, field, layer: 'webhook', message });
  }

  note(code: NoteCode, field: string, message: string): void {
    if (this.notes.length < mostViolations) this.notes.push({ code, field, message });
  }

  private add(violation: Violation): void {
    if (!this.full) this.violations.push(violation);
  }
}

/** A text as a message quotes it: cut short, so that a message stays one. */
export function quoted(text: string): string {
  return text.length > 80 ? `"${text.slice(0, 80)}…"` : `"${text}"`;
}
