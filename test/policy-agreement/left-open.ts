/** What the product calls unknown, and the naive implementation decides by the letter. */
export const leftOpen: readonly string[] = [
  // such a pod does not start; what its ports would do is nobody's to say
  'annotation config.linkerd.io/skip-inbound-ports has "…", which is no port: which ports bypass the proxy is not known',
  // a call to "//Method" or "/Service/"
  'whether a route matches the request cannot be told: it hangs on the version of the proxy or on a regular expression',
];
