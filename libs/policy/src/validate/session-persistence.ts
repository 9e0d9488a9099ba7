import type { Schema, TextSchema } from './schema.js';
import type { SpecPart } from './spec-part.js';
import type { Findings } from './violation.js';

const duration = /^([0-9]{1,5}(h|m|s|ms)){1,4}$/;

/** A duration as the Gateway API writes it. */
export const gatewayDuration: TextSchema = {
  type: 'text',
  form: {
    words: 'one to four whole numbers of at most five digits, each with one of h, m, s, ms',
    fits: (text) => duration.test(text),
  },
};

export const sessionPersistenceSchema: Schema = {
  type: 'object',
  fields: {
    type: { type: 'text', oneOf: ['Cookie', 'Header'], default: 'Cookie' },
    sessionName: { type: 'text', most: 128 },
    absoluteTimeout: gatewayDuration,
    idleTimeout: gatewayDuration,
    cookieConfig: {
      type: 'object',
      fields: { lifetimeType: { type: 'text', oneOf: ['Permanent', 'Session'], default: 'Session' } },
    },
  },
  rule: requireEndOfPermanentCookie,
};

function requireEndOfPermanentCookie(session: SpecPart, findings: Findings): void {
  if (session.part('cookieConfig')?.text('lifetimeType') !== 'Permanent') return;
  if (session.has('absoluteTimeout')) return;
  const field = session.at('absoluteTimeout');
  findings.schema('MISSING', field, `${field} is required, since the cookie is permanent`);
}
