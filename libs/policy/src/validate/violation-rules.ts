/**
 * Every rule of admission, by the code that its violations have. A code is never renamed or used again.
 * Source: the CRDs of the charts linkerd-crds and Gateway API 1.1.1, and linkerd2 policy-controller/runtime/src/admission.rs
 * (read at b24cd40).
 */
export const violationRules = {
  KIND_NOT_SERVED: 'The kind is one that the API group has.',
  VERSION_NOT_SERVED: 'The API version is one that the cluster serves for the kind.',
  MISSING: 'A required field is there.',
  WRONG_TYPE: 'A field has the type of its schema.',
  WRONG_FORM: 'A text has the form that its schema asks for.',
  TOO_SHORT: 'A text has at least the characters that its schema asks for.',
  TOO_LONG: 'A text has at most the characters that its schema allows.',
  TOO_FEW: 'A list has at least the items that its schema asks for.',
  TOO_MANY: 'A list has at most the items that its schema allows.',
  OUT_OF_RANGE: 'A number is within the bounds of its schema.',
  NOT_ONE_OF: 'A value is one of those that its schema names.',
  NOT_EXACTLY_ONE: 'Of fields that exclude each other exactly one is there.',
  DUPLICATE_ITEM: 'No two items of a list have the same name.',

  TARGET_NOT_SUPPORTED: 'A policy applies to a kind that it can apply to.',
  TARGET_IN_ANOTHER_NAMESPACE: 'A policy that applies to a Namespace applies to its own.',
  AUTHENTICATION_NOT_SUPPORTED:
    'A required authentication is a MeshTLSAuthentication, a NetworkAuthentication or a core ServiceAccount.',
  AUTHENTICATION_REPEATED: 'A policy requires at most one authentication of a kind.',
  AUTHENTICATIONS_EXCLUDE_EACH_OTHER:
    'A policy does not require a MeshTLSAuthentication and a ServiceAccount together.',
  NOT_AN_IDENTITY:
    'An identity is a SPIFFE id, or a lower-case DNS name whose first label may be "*", or "*" alone.',
  IDENTITY_REF_NOT_SUPPORTED: 'An identity reference is to a core ServiceAccount or a core Namespace.',
  NAMESPACE_REF_WITH_NAMESPACE: 'An identity reference to a Namespace has no namespace of its own.',
  NO_NETWORKS: 'A list of networks has at least one.',
  NOT_A_NETWORK: 'A network is an address or a CIDR.',
  EXCEPT_NEGATES_NETWORK: 'An exception leaves something of its network.',
  EXCEPT_OUTSIDE_NETWORK: 'An exception lies within its network.',
  NOT_A_PORT: 'A port is a number from 1 to 65535, or a name.',
  NOT_A_PROTOCOL: 'A proxyProtocol is one of the six that the proxy knows, in the same case.',
  NOT_AN_ACCESS_POLICY: 'An accessPolicy is one of the six default policies, in the same case.',
  LABEL_NOT_TEXT: 'The value of a label in a selector is a text.',
  UNAUTHENTICATED_WITH_MESH_TLS: 'A ServerAuthorization for unauthenticated clients asks for no mesh TLS.',
  UNAUTHENTICATED_TLS_WITH_CLIENTS:
    'A ServerAuthorization for unauthenticated TLS names no identities and no service accounts.',
  RATE_NOT_POSITIVE: 'A rate is a whole number from 1 to 4294967295.',
  RATE_ABOVE_TOTAL: 'The rate of one client or override is not above the total.',
  CLIENT_REF_NOT_SUPPORTED: 'The client of an override is a core ServiceAccount.',

  EGRESS_PARENT_WITHOUT_PORT: 'A parent that is an EgressNetwork has a port.',
  BACKEND_WITHOUT_PORT: 'A backend that is a Service has a port.',
  NOT_ONE_RULE: 'A TCPRoute or TLSRoute has exactly one rule.',
  PATH_NOT_ABSOLUTE: 'A path to match, exactly or as a prefix, starts with a slash.',
  PATH_NOT_NORMAL:
    'A path to match has no empty, "." or ".." segment, no "%2f", no "#", and only characters that a path may have.',
  NOT_A_REGEX: 'A regular expression compiles.',
  NOT_A_HEADER_NAME: 'The name of a header is one that HTTP allows.',
  NOT_A_HEADER_VALUE: 'The value of a header has no control characters but tabs.',
  METHOD_REGEX_NOT_SUPPORTED: 'A gRPC method is matched exactly.',
  METHOD_MATCH_EMPTY: 'A gRPC method match names a service or a method.',
  FILTER_CONTENT_MISMATCH: 'A filter has the content of its type, and no other.',
  FILTER_REPEATED: 'A filter that acts once is there once.',
  FILTERS_EXCLUDE_EACH_OTHER: 'A redirect and a rewrite are not used together.',
  REDIRECT_WITH_BACKENDS: 'A rule that redirects has no backends.',
  REDIRECT_PATH_NOT_ABSOLUTE: 'The path of a redirect starts with a slash.',
  PATH_MODIFIER_MISMATCH: 'A path modifier has the field of its type, and no other.',
  PREFIX_NOT_MATCHED: 'A prefix is replaced in a rule with exactly one match, by path prefix.',
  PARENT_REPEATED: 'Parents that are one object differ by section name or port, and all say which.',
  NOT_A_DURATION: 'A duration has a number and a unit, as 500ms or 10s.',
  TIMEOUT_NEGATIVE: 'A timeout is not negative.',
  TIMEOUT_ABOVE_REQUEST: 'A backendRequest timeout is not above the request timeout.',
  NOT_A_RETRY_LIMIT: 'A retry limit is a whole number from 0 to 65535.',
  NOT_A_RETRY_CONDITION: 'What is retried is a list of conditions that Linkerd knows.',
} as const;

export type ViolationCode = keyof typeof violationRules;

/** What a note says, by its code. A code is never renamed or used again. */
export const noteMeanings = {
  REGEX_NOT_DECIDED: 'Whether Linkerd compiles a regular expression cannot be said without its engine.',
  NAMESPACE_NOT_GIVEN:
    'The object names no namespace, so it is open whether a Namespace it targets is its own.',
  SPEC_NOT_READ:
    'Linkerd does not read the spec of a Gateway API route that is absent: it is admitted unlooked at.',
} as const;

export type NoteCode = keyof typeof noteMeanings;
