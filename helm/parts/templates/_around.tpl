{{- /* the objects around a Deployment that are alike for every service */ -}}
{{- define "parts.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "parts.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "parts.labels" . | nindent 4 }}
  {{- with .Values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end -}}
{{- end -}}

{{- define "parts.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "parts.metadata" . | nindent 2 }}
spec:
  selector:
    {{- include "parts.selectorLabels" . | nindent 4 }}
  ports:
    - name: operations
      port: 10901
      targetPort: operations
      protocol: TCP
      appProtocol: http
    {{- with include (printf "%s.servicePorts" .Chart.Name) . }}
    {{- . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "parts.disruptionBudget" -}}
{{- if gt (int .Values.replicas) 1 -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "parts.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "parts.selectorLabels" . | nindent 6 }}
{{- end -}}
{{- end -}}

{{- define "parts.podMonitor" -}}
{{- if .Values.podMonitor.enabled -}}
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  {{- include "parts.metadata" . | nindent 2 }}
    {{- with .Values.podMonitor.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  selector:
    matchLabels:
      {{- include "parts.selectorLabels" . | nindent 6 }}
  podMetricsEndpoints:
    - port: operations
      path: /metrics
      interval: {{ .Values.podMonitor.interval }}
{{- end -}}
{{- end -}}

{{- define "parts.serviceMonitor" -}}
{{- if .Values.serviceMonitor.enabled -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- include "parts.metadata" . | nindent 2 }}
    {{- with .Values.serviceMonitor.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  selector:
    matchLabels:
      {{- include "parts.selectorLabels" . | nindent 6 }}
  endpoints:
    - port: operations
      path: /metrics
      interval: {{ .Values.serviceMonitor.interval }}
{{- end -}}
{{- end -}}

{{- /* the right to take part in the election by the one Lease of this service */ -}}
{{- define "parts.leaseRole" -}}
{{- if .Values.rbac.create -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ include "parts.fullname" . }}-lease
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "parts.labels" . | nindent 4 }}
rules:
  # who creates an object has no name yet to be held to
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    verbs: [create]
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    resourceNames: [linkerd-mcp-{{ .Chart.Name }}]
    verbs: [get, update]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ include "parts.fullname" . }}-lease
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "parts.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ include "parts.fullname" . }}-lease
subjects:
  {{- include "parts.subject" . | nindent 2 }}
{{- end -}}
{{- end -}}

{{- define "parts.subject" -}}
- kind: ServiceAccount
  name: {{ include "parts.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{- /* the rules of <chart>.namespacedRules, in all namespaces or in each of those that are looked at; those of <chart>.clusterRules in any case */ -}}
{{- define "parts.roles" -}}
{{- if .Values.rbac.create -}}
{{- $rules := include (printf "%s.clusterRules" .Chart.Name) . -}}
{{- if empty .Values.global.namespaces -}}
{{- $rules = printf "%s\n%s" $rules (include (printf "%s.namespacedRules" .Chart.Name) .) -}}
{{- end -}}
{{- include "parts.clusterRole" (dict "root" . "rules" $rules) }}
{{- range .Values.global.namespaces }}
{{ include "parts.roleIn" (dict "root" $ "namespace" . "suffix" "" "rules" (include (printf "%s.namespacedRules" $.Chart.Name) $)) }}
{{- end }}
{{- end -}}
{{- end -}}

{{- define "parts.clusterRole" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  {{- include "parts.clusterMetadata" .root | nindent 2 }}
rules:
  {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  {{- include "parts.clusterMetadata" .root | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ .root.Release.Namespace }}:{{ include "parts.fullname" .root }}
subjects:
  {{- include "parts.subject" .root | nindent 2 }}
{{- end -}}

{{- define "parts.roleIn" -}}
{{- $name := printf "%s-%s%s" .root.Release.Namespace (include "parts.fullname" .root) .suffix -}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "parts.labels" .root | nindent 4 }}
rules:
  {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "parts.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name }}
subjects:
  {{- include "parts.subject" .root | nindent 2 }}
{{- end -}}

{{- /* asks the service whether it is ready, as the kubelet does */ -}}
{{- define "parts.test" -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "parts.fullname" . }}-is-ready
  namespace: {{ .Release.Namespace }}
  labels:
    app.kubernetes.io/name: {{ .Chart.Name }}-test
    app.kubernetes.io/instance: {{ .Release.Name }}
    app.kubernetes.io/part-of: linkerd-mcp
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
    # a pod that ends is no place for a proxy that does not
    linkerd.io/inject: disabled
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: ask
      image: {{ include "parts.image" . }}
      imagePullPolicy: {{ .Values.global.image.pullPolicy }}
      command: [node, /app/health.js, http://{{ include "parts.fullname" . }}.{{ .Release.Namespace }}.svc:10901]
      resources:
        requests: { cpu: 50m, memory: 64Mi }
        limits: { memory: 128Mi }
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
{{- end -}}
