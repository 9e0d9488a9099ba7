export const redirectPaths = ['replaceFullPath', 'replacePrefixMatch'] as const;

/** What is wrong with the path of a redirect. */
export type RedirectFault =
  | { readonly kind: 'missing' }
  | { readonly kind: 'relative'; readonly field: (typeof redirectPaths)[number]; readonly text: string };

/**
 * Of the two fields the full path counts where both are there, and one must be; the one that counts must begin with a slash.
 * Source: linkerd2 policy-controller/k8s/index/src/routes/http.rs, path_modifier (read at 111fc98).
 */
export function redirectFault(read: (field: string) => unknown): RedirectFault | undefined {
  const field = redirectPaths.find((name) => read(name) !== undefined && read(name) !== null);
  if (field === undefined) return { kind: 'missing' };
  const text = read(field);
  // another type than text is the schema's affair
  return typeof text !== 'string' || text.startsWith('/') ? undefined : { kind: 'relative', field, text };
}
