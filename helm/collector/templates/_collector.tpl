{{- define "collector.environment" -}}
- name: MCP_LEASE_NAMESPACE
  value: {{ .Release.Namespace }}
{{- with .Values.prometheus }}
{{- if .url }}
- name: MCP_PROMETHEUS_URL
  value: {{ .url | quote }}
{{- if .existingSecret }}
{{- if .tokenKey }}
- name: MCP_PROMETHEUS_TOKEN_FILE
  value: /credentials/prometheus/{{ .tokenKey }}
{{- end }}
{{- if .passwordKey }}
- name: MCP_PROMETHEUS_USER
  value: {{ .user | quote }}
- name: MCP_PROMETHEUS_PASSWORD_FILE
  value: /credentials/prometheus/{{ .passwordKey }}
{{- end }}
{{- if .caKey }}
- name: MCP_PROMETHEUS_CA_FILE
  value: /credentials/prometheus/{{ .caKey }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "collector.ports" -}}{{- end -}}
{{- define "collector.servicePorts" -}}{{- end -}}
{{- define "collector.ingress" -}}{{- end -}}

{{- define "collector.volumes" -}}
{{- with .Values.prometheus.existingSecret }}
- name: prometheus
  secret:
    secretName: {{ . }}
{{- end }}
{{- end -}}

{{- define "collector.volumeMounts" -}}
{{- if .Values.prometheus.existingSecret }}
- name: prometheus
  mountPath: /credentials/prometheus
  readOnly: true
{{- end }}
{{- end -}}

{{- define "collector.egressPorts" -}}
{{- range .Values.networkPolicy.apiServerPorts }}
- port: {{ . }}
  protocol: TCP
{{- end }}
{{- with .Values.prometheus.url }}
{{- $url := urlParse . }}
- port: {{ regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary 443 80 (eq $url.scheme "https")) }}
  protocol: TCP
{{- end }}
{{- end -}}

{{- define "collector.clusterRules" -}}
# whose log this is
- apiGroups: [""]
  resources: [namespaces]
  resourceNames: [kube-system]
  verbs: [get]
- apiGroups: [""]
  resources: [namespaces]
  {{- with .Values.global.namespaces }}
  resourceNames: {{ toJson . }}
  {{- end }}
  verbs: [list, watch]
{{- end -}}

{{- define "collector.namespacedRules" -}}
- apiGroups: [""]
  resources: [serviceaccounts, services, pods]
  verbs: [list, watch]
# of controllers only the metadata is asked for
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets, replicasets]
  verbs: [list, watch]
- apiGroups: [batch]
  resources: [jobs, cronjobs]
  verbs: [list, watch]
- apiGroups: [policy.linkerd.io]
  resources:
    - servers
    - serverauthorizations
    - authorizationpolicies
    - meshtlsauthentications
    - networkauthentications
    - httproutes
    - httplocalratelimitpolicies
    - egressnetworks
  verbs: [list, watch]
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes, grpcroutes]
  verbs: [list, watch]
- apiGroups: [workload.linkerd.io]
  resources: [externalworkloads]
  verbs: [list, watch]
{{- end -}}

{{- /* the settings of the control plane are in the arguments of one Deployment */ -}}
{{- define "collector.controlPlaneRules" -}}
- apiGroups: [apps]
  resources: [deployments]
  resourceNames: [linkerd-destination]
  verbs: [list, watch]
{{- end -}}

{{- define "collector.notes" -}}
{{- if not .Values.prometheus.url }}
No Prometheus is named, so no traffic is seen: set prometheus.url to the one that scrapes the proxies.
{{- end }}
Which replica records, and what is not ready:

  kubectl -n {{ .Release.Namespace }} get lease linkerd-mcp-collector
  kubectl -n {{ .Release.Namespace }} port-forward deploy/{{ include "parts.fullname" . }} 10901 & curl localhost:10901/readyz
{{- end -}}
