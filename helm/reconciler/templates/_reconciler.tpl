{{- define "reconciler.environment" -}}
- name: MCP_LEASE_NAMESPACE
  value: {{ .Release.Namespace }}
{{- end -}}

{{- define "reconciler.ports" -}}{{- end -}}
{{- define "reconciler.servicePorts" -}}{{- end -}}
{{- define "reconciler.ingress" -}}{{- end -}}
{{- define "reconciler.volumes" -}}{{- end -}}
{{- define "reconciler.volumeMounts" -}}{{- end -}}

{{- define "reconciler.egressPorts" -}}
{{- range .Values.networkPolicy.apiServerPorts }}
- port: {{ . }}
  protocol: TCP
{{- end }}
{{- end -}}

{{- define "reconciler.clusterRules" -}}
# whose log this is
- apiGroups: [""]
  resources: [namespaces]
  resourceNames: [kube-system]
  verbs: [get]
# whether who asked for a change still may; this tells of rights and gives none
- apiGroups: [authorization.k8s.io]
  resources: [subjectaccessreviews]
  verbs: [create]
{{- end -}}

{{- define "reconciler.namespacedRules" -}}
# a server-side apply is a patch, and a creation where there is nothing to patch
- apiGroups: [policy.linkerd.io]
  resources:
    - authorizationpolicies
    - httplocalratelimitpolicies
    - httproutes
    - meshtlsauthentications
    - networkauthentications
    - servers
  verbs: [get, create, patch, delete]
- apiGroups: [gateway.networking.k8s.io]
  resources: [grpcroutes, httproutes]
  verbs: [get, create, patch, delete]
{{- end -}}

{{- define "reconciler.notes" -}}
Which replica applies policy:

  kubectl -n {{ .Release.Namespace }} get lease linkerd-mcp-reconciler
{{- end -}}
