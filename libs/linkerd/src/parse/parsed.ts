import type { Problem } from '@mcp/mesh';

/** What an object says, or why it cannot be read. */
export type Parsed<T> = { readonly value: T } | { readonly problem: Problem };
