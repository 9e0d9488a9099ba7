import type { FieldOwner, Labels } from '@mcp/mesh';

const marks = [
  {
    tool: 'Argo CD',
    annotations: ['argocd.argoproj.io/tracking-id', 'argocd.argoproj.io/installation-id'],
    labels: ['argocd.argoproj.io/instance'],
    managers: ['argocd-controller', 'argocd-application-controller'],
  },
  {
    tool: 'Flux',
    annotations: [],
    labels: ['kustomize.toolkit.fluxcd.io/name', 'helm.toolkit.fluxcd.io/name'],
    managers: ['kustomize-controller', 'helm-controller'],
  },
] as const;

/** The field managers of GitOps tools. */
export const gitOpsManagers: readonly string[] = marks.flatMap(({ managers }) => managers);

/**
 * The GitOps tool that would undo a change made behind its back, by the marks it leaves. The label
 * `app.kubernetes.io/instance` alone is no mark of Argo CD: Helm charts write it as well.
 */
export function gitOpsToolOf(
  labels: Labels,
  annotations: Labels,
  fieldOwners: readonly FieldOwner[],
): string | undefined {
  return marks.find(
    (mark) =>
      mark.annotations.some((name) => Object.hasOwn(annotations, name)) ||
      mark.labels.some((name) => Object.hasOwn(labels, name)) ||
      fieldOwners.some(({ manager }) => mark.managers.some((known) => known === manager)),
  )?.tool;
}
