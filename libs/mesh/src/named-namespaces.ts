/** Before `.serviceaccount.identity` and `.svc`, after `/ns/` of a SPIFFE identity, and in the name of a ServiceAccount as a user of the cluster. */
const forms = [
  /([^.\s/:,"']+)\.serviceaccount\.identity(?![\w-])/g,
  /([^.\s/:,"']+)\.svc(?![\w-])/g,
  /\/ns\/([^/\s"']+)/g,
  /system:serviceaccounts?:([^:\s"',]+)/g,
];

/**
 * The namespaces that a text names in a form of its own: a mesh identity (see `identityOf`, or SPIFFE), a ServiceAccount, or the address of a Service.
 * A bare word names none: nothing tells what it is the name of.
 */
export function namespacesNamedIn(text: string): readonly string[] {
  const named = forms.flatMap((form) => [...text.matchAll(form)].flatMap(([, namespace]) => namespace ?? []));
  return named.filter((namespace) => namespace !== '*');
}
