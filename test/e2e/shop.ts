/** A small mesh as an API server holds it: two meshed pods behind a Service, a Server, and the control plane's settings. */

const labels = { app: 'web', 'linkerd.io/control-plane-ns': 'linkerd' };

export const namespace = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
});

export const webPod = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'shop', name, labels },
  spec: {
    containers: [
      { name: 'web', image: 'web', ports: [{ name: 'http', containerPort: 8080 }] },
      { name: 'linkerd-proxy', image: 'cr.l5d.io/linkerd/proxy:edge', ports: [{ containerPort: 4143 }] },
    ],
  },
});

export const webService = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'shop', name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
};

export const webServer = {
  apiVersion: 'policy.linkerd.io/v1beta3',
  kind: 'Server',
  metadata: { namespace: 'shop', name: 'web-http' },
  spec: { podSelector: { matchLabels: { app: 'web' } }, port: 8080, proxyProtocol: 'HTTP/1' },
};

export const linkerdDestination = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: 'linkerd', name: 'linkerd-destination' },
  spec: {
    selector: { matchLabels: { app: 'destination' } },
    template: {
      metadata: { labels: { app: 'destination' } },
      spec: {
        containers: [
          {
            name: 'policy',
            image: 'policy',
            args: [
              '--identity-domain=cluster.local',
              '--control-plane-namespace=linkerd',
              '--default-policy=all-unauthenticated',
              '--cluster-networks=10.0.0.0/8',
              '--probe-networks=0.0.0.0/0,::/0',
            ],
          },
        ],
      },
    },
  },
};

/** Everyone may reach the Server `web-http`. */
export const openToEveryone = JSON.stringify({
  targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'web-http' },
  requiredAuthenticationRefs: [],
});
