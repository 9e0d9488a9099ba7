import { controlPlaneNamespaceLabel, injectAnnotation, proxyContainer } from './names.js';

/** What a controller makes its pods of, as its manifest says it: unread. */
export interface PodTemplate {
  readonly namespace: string;
  readonly controller: { readonly kind: string; readonly name: string; readonly uid: string };
  /** Annotations of the namespace, where they are known. */
  readonly namespaceAnnotations: Readonly<Record<string, unknown>>;
  /** `metadata` and `spec` of the template. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

/**
 * The pod that a controller would have made, with a proxy where `injected`: with what of the injector's work policy depends on, which is
 * the container, the label, and the configuration that its namespace has for it. Which ports `linkerd-init` would skip is not known.
 */
export function podOfTemplate(template: PodTemplate, injected: boolean): object {
  const { namespace, controller, metadata, spec } = template;
  const { containers } = spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      namespace,
      name: `${controller.name}-of-template`,
      uid: `template of ${controller.uid}`,
      creationTimestamp: '1970-01-01T00:00:00Z',
      annotations: {
        ...(injected && configOf(template.namespaceAnnotations)),
        ...asObject(metadata['annotations']),
      },
      labels: {
        ...asObject(metadata['labels']),
        ...(injected && { [controlPlaneNamespaceLabel]: 'linkerd' }),
      },
      ownerReferences: [{ ...controller, controller: true }],
    },
    spec: {
      ...spec,
      containers: [
        ...(Array.isArray(containers) ? (containers as readonly unknown[]) : []),
        ...(injected ? [{ name: proxyContainer }] : []),
      ],
    },
  };
}

function configOf(annotations: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => name.startsWith('config.')));
}

/**
 * Whether the injector would add the proxy to a pod, by the annotations of its template and of its namespace. Undefined where that hangs on a
 * namespace that is not known.
 * Source: linkerd2 pkg/inject/inject.go, ShouldInjectWebhook.
 */
export function isInjected(
  pod: Readonly<Record<string, unknown>>,
  namespace: Readonly<Record<string, unknown>> | undefined,
): boolean | undefined {
  if (pod[injectAnnotation] === 'disabled') return false;
  if (asksForProxy(pod)) return true;
  return namespace && asksForProxy(namespace);
}

function asksForProxy(annotations: Readonly<Record<string, unknown>>): boolean {
  return annotations[injectAnnotation] === 'enabled' || annotations[injectAnnotation] === 'ingress';
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
