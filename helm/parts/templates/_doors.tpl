{{- /* who may come in, and where a service may go: for the network, and for the proxies */ -}}
{{- define "parts.networkPolicy" -}}
{{- if .Values.networkPolicy.enabled -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "parts.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "parts.selectorLabels" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        {{- toYaml .Values.networkPolicy.operationsFrom | nindent 8 }}
      ports:
        - port: 10901
          protocol: TCP
        {{- if .Values.global.linkerd.inject }}
        # the proxy's own metrics
        - port: 4191
          protocol: TCP
        {{- end }}
    {{- with include (printf "%s.ingress" .Chart.Name) . }}
    {{- . | nindent 4 }}
    {{- end }}
  egress:
    - ports:
        - port: 53
          protocol: UDP
        - port: 53
          protocol: TCP
        {{- include "parts.redisPorts" . | nindent 8 }}
        {{- if .Values.global.linkerd.inject }}
        # where another proxy takes what is not HTTP
        - port: 4143
          protocol: TCP
        {{- end }}
        {{- with include (printf "%s.egressPorts" .Chart.Name) . }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- with .Values.settings.MCP_OTLP_URL }}
        {{- $url := urlParse . }}
        # where traces go
        - port: {{ regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary 443 80 (eq $url.scheme "https")) }}
          protocol: TCP
        {{- end }}
    {{- if .Values.global.linkerd.inject }}
    # the proxy asks Linkerd for its identity, for destinations and for policy
    - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: {{ .Values.global.linkerd.controlPlaneNamespace | default "linkerd" }}
    {{- end }}
{{- end -}}
{{- end -}}

{{- /* the port of health and metrics is open to the networks that are named; other ports of a service say who may come themselves */ -}}
{{- define "parts.linkerdPolicy" -}}
{{- if .Values.global.linkerd.policy -}}
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata:
  name: {{ include "parts.fullname" . }}-operations
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "parts.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "parts.selectorLabels" . | nindent 6 }}
  port: operations
  proxyProtocol: HTTP/1
---
apiVersion: policy.linkerd.io/v1alpha1
kind: NetworkAuthentication
metadata:
  name: {{ include "parts.fullname" . }}-operations
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "parts.labels" . | nindent 4 }}
spec:
  networks:
    {{- range .Values.global.linkerd.operationsNetworks }}
    - cidr: {{ . | quote }}
    {{- end }}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata:
  name: {{ include "parts.fullname" . }}-operations
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "parts.labels" . | nindent 4 }}
spec:
  targetRef:
    group: policy.linkerd.io
    kind: Server
    name: {{ include "parts.fullname" . }}-operations
  requiredAuthenticationRefs:
    - group: policy.linkerd.io
      kind: NetworkAuthentication
      name: {{ include "parts.fullname" . }}-operations
{{- end -}}
{{- end -}}
