export type Severity = 'error' | 'warning' | 'info';

/** What a code stands for. */
export interface LintRule {
  readonly title: string;
  /** `error`: something does not do what it says. `warning`: it may not do what was meant. `info`: good to know. */
  readonly severity: Severity;
  /** In general; a finding says it of its object. */
  readonly meaning: string;
  readonly advice: string;
}

/** Every rule, by the code of its findings. A code is never renamed or used again. */
export const lintRules = {
  LNK101: {
    title: 'Server selects nothing',
    severity: 'warning',
    meaning: 'No pod, or no external workload, of the namespace has the labels that the Server selects.',
    advice: 'Compare the selector with the labels of the pods. A workload without pods counts for nothing.',
  },
  LNK102: {
    title: 'Selector that can never hold',
    severity: 'error',
    meaning:
      'In and NotIn need values, and Exists and DoesNotExist must have none, not even an empty list. Otherwise the expression is false, and the selector selects nothing.',
    advice: 'Mend the expression, or leave it out.',
  },
  LNK103: {
    title: 'Port name that nobody declares',
    severity: 'warning',
    meaning:
      'A Server with a port name governs the TCP ports that are declared under that name, and nothing else.',
    advice: 'Declare the port under that name, or give the number, which needs no declaration.',
  },
  LNK104: {
    title: 'Port number written as a name',
    severity: 'error',
    meaning: 'A port that is a text is a name, even when it looks like a number.',
    advice: 'Write the number without quotes.',
  },
  LNK105: {
    title: 'Server overruled by another',
    severity: 'warning',
    meaning:
      'Where several Servers select a port, the oldest governs it, then the first by name. Nothing of the others counts there.',
    advice: 'Delete one of them, or change a selector so that they do not meet.',
  },
  LNK106: {
    title: 'Server on a port where policy does not act',
    severity: 'warning',
    meaning: 'The traffic of the port does not pass through the proxy, so that nothing is enforced.',
    advice: 'Take the port off the list of skipped ports and restart the pods, or delete the Server.',
  },
  LNK107: {
    title: 'Server that selects pods without policy',
    severity: 'warning',
    meaning: 'Pods without the proxy, or that the policy controller does not know, enforce nothing.',
    advice: 'Have the proxy injected, by the annotation linkerd.io/inject and a restart.',
  },
  LNK108: {
    title: 'Authorizations beside one that admits everyone',
    severity: 'warning',
    meaning:
      'Authorizations are alternatives: those of the accessPolicy, of policies and of routes add up, and none restricts another.',
    advice: 'Set the accessPolicy to deny, or delete what admits everyone; or delete what adds nothing.',
  },

  LNK201: {
    title: 'Target Server missing',
    severity: 'error',
    meaning: 'The policy targets a Server that its namespace does not have.',
    advice: 'Create the Server, or correct the name; case matters.',
  },
  LNK202: {
    title: 'Target route missing',
    severity: 'error',
    meaning: 'The policy targets a route that its namespace does not have, under this group.',
    advice: 'Create the route, or correct the group, kind or name.',
  },
  LNK203: {
    title: 'Required authentication missing',
    severity: 'error',
    meaning:
      'A policy that requires an authentication that does not exist is ignored as a whole: it admits nobody.',
    advice:
      'Create the authentication, or correct the reference; without a namespace it is the one of the policy.',
  },
  LNK204: {
    title: 'Client missing',
    severity: 'info',
    meaning:
      'Clients are named by a service account or namespace that does not exist. It need not, and admits nobody so far.',
    advice: 'Correct the name, unless the clients are yet to come.',
  },
  LNK205: {
    title: 'Server of a ServerAuthorization missing',
    severity: 'error',
    meaning: 'The ServerAuthorization names a Server that its namespace does not have.',
    advice: 'Create the Server, or correct the name.',
  },
  LNK206: {
    title: 'ServerAuthorization selects no Server',
    severity: 'warning',
    meaning: 'The selector is compared with the labels of the Servers, not of their pods, and none has them.',
    advice: 'Label the Servers, or name one.',
  },
  LNK207: {
    title: 'Server of a rate limit missing',
    severity: 'error',
    meaning: 'The rate limit targets a Server that its namespace does not have.',
    advice: 'Create the Server, or correct the name.',
  },
  LNK208: {
    title: 'Parent Server of a route missing',
    severity: 'error',
    meaning: 'The route names as its parent a Server that its namespace does not have.',
    advice: 'Create the Server, or correct the name.',
  },
  LNK209: {
    title: 'Policy for a Namespace of another name',
    severity: 'warning',
    meaning: 'A policy that targets a Namespace applies to its own, whatever the name says.',
    advice: 'Move the policy to the namespace that it means, or name its own.',
  },
  LNK210: {
    title: 'Parent of a kind that does not exist',
    severity: 'error',
    meaning:
      'The CRD fills in a group and kind that are left out: Gateway in an HTTPRoute of Linkerd, the group of the Gateway API in its routes. Neither means a Server.',
    advice: 'Write both: group policy.linkerd.io and kind Server.',
  },

  LNK301: {
    title: 'Authorization ignored as a whole',
    severity: 'error',
    meaning: 'Linkerd cannot use a part of it and therefore uses none of it. It admits nobody.',
    advice: 'Mend what the message names.',
  },
  LNK302: {
    title: 'Policy that admits everyone',
    severity: 'warning',
    meaning:
      'A policy that requires no authentication admits everyone, from everywhere, with and without an identity.',
    advice: 'Require an authentication, unless everyone is meant. To admit nobody, have no policy.',
  },
  LNK303: {
    title: 'Policy for a namespace without Servers',
    severity: 'warning',
    meaning:
      'A policy that targets a Namespace applies to its Servers. Ports without a Server have the default policy.',
    advice: 'Create Servers for the ports that are meant, or set the default policy by annotation.',
  },
  LNK304: {
    title: 'Policy for a route that is not in use',
    severity: 'warning',
    meaning: 'A policy for a route applies where the route is attached to a Server and in use there.',
    advice: 'Attach the route to a Server, or mend what keeps it out of use.',
  },
  LNK305: {
    title: 'Authorization for Servers that govern no port',
    severity: 'warning',
    meaning: 'The Servers that it applies to govern no port, so that it can never apply.',
    advice: 'Mend the Servers; what is wrong with them is said of them.',
  },
  LNK306: {
    title: 'ServerAuthorization without networks',
    severity: 'info',
    meaning:
      'It admits clients of the cluster networks only, where an AuthorizationPolicy would admit all networks.',
    advice: 'List the networks that are meant.',
  },
  LNK307: {
    title: 'Ports that a policy for the Namespace leaves out',
    severity: 'info',
    meaning:
      'A policy that targets a Namespace applies to ports with a Server. Others have the default policy.',
    advice: 'Create Servers for these ports, or make the default policy deny.',
  },

  LNK401: {
    title: 'Route dropped',
    severity: 'error',
    meaning:
      'The policy controller cannot use a part of the route and drops all of it, for all its parents. Its status may say Accepted all the same.',
    advice: 'Mend the field. Without the route, its requests may be taken by the default route.',
  },
  LNK402: {
    title: 'Route without effect on the protocol',
    severity: 'warning',
    meaning:
      'The proxy uses GRPCRoutes where proxyProtocol is gRPC, HTTPRoutes where it is unknown, HTTP/1 or HTTP/2, and none where it is opaque or TLS.',
    advice: 'Change the proxyProtocol of the Server or the kind of the route.',
  },
  LNK403: {
    title: 'Route not accepted',
    severity: 'warning',
    meaning: 'A route is inactive until the policy controller has accepted it in its status.',
    advice: 'Look at the status of the route, and whether the policy controller runs.',
  },
  LNK404: {
    title: 'GRPCRoute that evicts HTTPRoutes',
    severity: 'warning',
    meaning:
      'Where a GRPCRoute names a Server as its parent, no HTTPRoute is accepted for that Server, whatever its protocol and whether or not the GRPCRoute is in use.',
    advice: 'Attach the two kinds to Servers of their own.',
  },
  LNK405: {
    title: 'gRPC match without a method',
    severity: 'error',
    meaning:
      'The proxy refuses all that it is given for the port and admits nobody, not even from localhost.',
    advice:
      'Give each match a method, with a service or a method name; a rule without matches matches every call.',
  },
  LNK406: {
    title: 'Routes that leave requests without a route',
    severity: 'info',
    meaning:
      'The first route of a Server removes the default route and the one for probes. What no route matches is answered with 404, whoever asks.',
    advice: 'Add a route for the path prefix / where other requests are meant to be served.',
  },
  LNK407: {
    title: 'Probe refused',
    severity: 'error',
    meaning:
      'The kubelet has no identity, and its probes need a route and an authorization like any request. Linkerd adds both only for HTTP where no route is attached, and for paths that start with a slash.',
    advice: 'Add a route for the path with a policy that admits the addresses of the nodes, or everyone.',
  },
  LNK408: {
    title: 'Regular expression not decided',
    severity: 'info',
    meaning:
      'Whether Linkerd takes the expression, or what it matches, is not told here. Answers that hang on it are unknown.',
    advice: 'Write it with plainer means.',
  },
  LNK409: {
    title: 'Pattern that no path matches',
    severity: 'warning',
    meaning:
      'A regular expression for paths has to match the whole path, which begins with a slash. This one never does, so that the match takes no request.',
    advice: 'Begin it with a slash, as in /users/.*, or with what also stands for one.',
  },

  LNK501: {
    title: 'Wildcard that does not admit SPIFFE clients',
    severity: 'warning',
    meaning:
      'Wildcards and the modes all-authenticated and cluster-authenticated stand for identities in the form of DNS names. A SPIFFE identity is admitted only where it is listed itself.',
    advice: 'List the identities of the external workloads that are meant.',
  },
  LNK502: {
    title: 'Wildcard that is taken literally',
    severity: 'warning',
    meaning: 'An asterisk is a wildcard only as the whole identity or as its first label.',
    advice:
      'Put the asterisk first, as in *.shop.serviceaccount.identity.linkerd.cluster.local, or list the identities.',
  },
  LNK503: {
    title: 'Identity that no service account has',
    severity: 'info',
    meaning: 'The identity has the form of one of a service account, and the mesh has none of that identity.',
    advice: 'Correct it, unless the clients are yet to come or belong to another mesh.',
  },
  LNK504: {
    title: 'Authentication that nobody uses',
    severity: 'info',
    meaning: 'No AuthorizationPolicy of any namespace requires it, so that it admits nobody.',
    advice: 'Delete it, or require it in a policy.',
  },

  LNK601: {
    title: 'Default policy that is none',
    severity: 'error',
    meaning:
      'A value of config.linkerd.io/default-inbound-policy that is no policy is ignored. The default of the mesh applies.',
    advice:
      'Use all-unauthenticated, all-authenticated, cluster-unauthenticated, cluster-authenticated, audit or deny.',
  },
  LNK602: {
    title: 'Port list discarded',
    severity: 'error',
    meaning:
      'One element that is neither a port number nor an ascending range makes the whole list count for nothing.',
    advice: 'Write numbers and ranges only; a name of a port is none.',
  },
  LNK603: {
    title: 'Namespace annotation that its pods lack',
    severity: 'warning',
    meaning:
      'An annotation of a Namespace is copied to its pods when they are created. On pods that exist it does nothing.',
    advice: 'Restart the workload.',
  },
  LNK604: {
    title: 'Namespace annotation that its pods have otherwise',
    severity: 'info',
    meaning:
      'An annotation of a Namespace is copied to its pods when they are created, unless they have their own. What the pods have is either their own or older.',
    advice: 'Restart the workload, unless it sets the annotation itself.',
  },
  LNK605: {
    title: 'Annotation overruled by a Server',
    severity: 'warning',
    meaning: 'Where a Server governs a port, annotations that list the port play no role.',
    advice: 'Say it in the Server: by its proxyProtocol, or by policies that require an identity.',
  },
  LNK606: {
    title: 'Proxy without policy',
    severity: 'warning',
    meaning:
      'The pods have the proxy and not the label linkerd.io/control-plane-ns, by which the policy controller knows them. It answers nothing for them.',
    advice: 'Have the pods injected again; the injector sets the label.',
  },

  LNK701: {
    title: 'Rate limit without effect',
    severity: 'warning',
    meaning:
      'A rate limit counts HTTP requests, where proxyProtocol is unknown, HTTP/1 or HTTP/2, and only with a limit above 0.',
    advice: 'Change the protocol of the Server, set a limit, or delete it.',
  },
  LNK702: {
    title: 'Rate limit not accepted',
    severity: 'warning',
    meaning:
      'Of the rate limits that target a Server only the oldest is accepted, and none is active without a status that says so.',
    advice: 'Put the limits into one object.',
  },

  LNK801: {
    title: 'Object that cannot be read',
    severity: 'error',
    meaning:
      'It exists, and its form is not one of its kind. What it makes Linkerd do is not known, so that answers about its namespace are unknown where they hang on it.',
    advice: 'Mend the field, or delete the object.',
  },
} as const satisfies Readonly<Record<`LNK${number}`, LintRule>>;

export type LintCode = keyof typeof lintRules;
