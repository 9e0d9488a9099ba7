{{- define "mcp-api.environment" -}}
- name: MCP_GRPC_PORT
  value: "10900"
- name: MCP_AUTH
  value: {{ .Values.auth.mode }}
{{- if eq .Values.auth.mode "token-file" }}
- name: MCP_TOKEN_FILE
  value: /credentials/tokens/{{ .Values.auth.key }}
{{- end }}
{{- with .Values.auth.audience }}
- name: MCP_TOKEN_AUDIENCE
  value: {{ . | quote }}
{{- end }}
{{- if .Values.meshIdentity.enabled }}
- name: MCP_MESH_PORT
  value: "10903"
- name: MCP_MESH_IDENTITY
  value: {{ .Values.global.linkerd.controlPlaneNamespace | default "linkerd" }}.{{ .Values.meshIdentity.trustDomain }}
{{- end }}
{{- if .Values.signingKey.existingSecret }}
- name: MCP_SIGNING_KEY_FILE
  value: /credentials/signing/{{ .Values.signingKey.key }}
{{- end }}
- name: MCP_WRITES
  value: {{ ternary "enabled" "disabled" .Values.writes.enabled }}
{{- end -}}

{{- define "mcp-api.ports" -}}
- name: grpc
  containerPort: 10900
  protocol: TCP
{{- if .Values.meshIdentity.enabled }}
- name: grpc-mesh
  containerPort: 10903
  protocol: TCP
{{- end }}
{{- end -}}

{{- define "mcp-api.servicePorts" -}}
- name: grpc
  port: 10900
  targetPort: grpc
  protocol: TCP
  appProtocol: kubernetes.io/h2c
{{- if .Values.meshIdentity.enabled }}
- name: grpc-mesh
  port: 10903
  targetPort: grpc-mesh
  protocol: TCP
  appProtocol: kubernetes.io/h2c
{{- end }}
{{- end -}}

{{- define "mcp-api.ingress" -}}
- from:
    {{- toYaml .Values.networkPolicy.clients | nindent 4 }}
  ports:
    - port: 10900
      protocol: TCP
    {{- if .Values.meshIdentity.enabled }}
    - port: 10903
      protocol: TCP
    {{- end }}
    {{- if .Values.global.linkerd.inject }}
    # where a proxy takes what another proxy multiplexes
    - port: 4143
      protocol: TCP
    {{- end }}
{{- end -}}

{{- define "mcp-api.egressPorts" -}}
{{- if eq .Values.auth.mode "kubernetes" }}
{{- range .Values.networkPolicy.apiServerPorts }}
- port: {{ . }}
  protocol: TCP
{{- end }}
{{- end }}
{{- end -}}

{{- define "mcp-api.rules" -}}
# whose token it is that a caller sends
- apiGroups: [authentication.k8s.io]
  resources: [tokenreviews]
  verbs: [create]
# what the caller may do; this tells of rights and gives none
- apiGroups: [authorization.k8s.io]
  resources: [subjectaccessreviews]
  verbs: [create]
{{- end -}}

{{- define "mcp-api.volumes" -}}
{{- if eq .Values.auth.mode "token-file" }}
- name: tokens
  secret:
    secretName: {{ .Values.auth.existingSecret }}
{{- end }}
{{- with .Values.signingKey.existingSecret }}
- name: signing-key
  secret:
    secretName: {{ . }}
{{- end }}
{{- end -}}

{{- define "mcp-api.volumeMounts" -}}
{{- if eq .Values.auth.mode "token-file" }}
- name: tokens
  mountPath: /credentials/tokens
  readOnly: true
{{- end }}
{{- if .Values.signingKey.existingSecret }}
- name: signing-key
  mountPath: /credentials/signing
  readOnly: true
{{- end }}
{{- end -}}

{{- define "mcp-api.notes" -}}
{{- $name := include "parts.fullname" .chart }}
Ask for the mesh graph:

  kubectl -n {{ .chart.Release.Namespace }} port-forward deploy/{{ $name }} 10900
  buf curl --protocol grpc --http2-prior-knowledge{{ if ne .chart.Values.auth.mode "none" }} -H "authorization: Bearer {{ if eq .chart.Values.auth.mode "kubernetes" }}$(kubectl create token <account>{{ with .chart.Values.auth.audience }} --audience {{ . }}{{ end }}){{ else }}<token>{{ end }}"{{ end }} http://localhost:10900/mcp.v1.MeshContext/GetMeshGraph
{{ if eq .chart.Values.auth.mode "none" }}
Callers are not authenticated, so the API answers on loopback only and takes no changes. To let users of the cluster call it, as its roles allow them:

  helm upgrade ... --set {{ .prefix }}auth.mode=kubernetes

or programs of the mesh, with tokens of a Secret:

  kubectl -n {{ .chart.Release.Namespace }} create secret generic mcp-tokens --from-literal=tokens.csv="$(openssl rand -hex 24),$USER"
  helm upgrade ... --set {{ .prefix }}auth.mode=token-file --set {{ .prefix }}auth.existingSecret=mcp-tokens
{{- else if and .chart.Values.writes.enabled (eq .chart.Values.auth.mode "kubernetes") }}
Callers may change the policy that their roles let them patch, and read with the right to list pods in all namespaces; the graph, calls, changes and denials show them those in which they may list pods.
{{- else if .chart.Values.writes.enabled }}
Callers with a token may change policy.
{{- else }}
Changes are refused until writes.enabled is set.
{{- end }}
{{- end -}}
