import type { ObjectStates } from '@mcp/mesh';
import type { RouteKind } from '../verdict.js';

/** A route object of any kind. */
export type Route = { [K in RouteKind]: { readonly kind: K; readonly state: ObjectStates[K] } }[RouteKind];
