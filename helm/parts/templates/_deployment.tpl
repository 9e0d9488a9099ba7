{{- /*
The Deployment of a service. What is its own it defines as templates of its own name: <chart>.environment, <chart>.ports,
<chart>.volumes and <chart>.volumeMounts; each may be empty.
*/ -}}
{{- define "parts.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "parts.metadata" . | nindent 2 }}
spec:
  replicas: {{ .Values.replicas }}
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      {{- include "parts.selectorLabels" . | nindent 6 }}
  strategy:
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  template:
    metadata:
      labels:
        {{- include "parts.labels" . | nindent 8 }}
        {{- with .Values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      annotations:
        linkerd.io/inject: {{ ternary "enabled" "disabled" .Values.global.linkerd.inject }}
        {{- with .Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "parts.serviceAccountName" . }}
      automountServiceAccountToken: {{ or .Values.serviceAccount.automount (eq "kubernetes" ((.Values.auth).mode | default "none")) }}
      {{- with .Values.global.image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      enableServiceLinks: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        runAsGroup: 65532
        fsGroup: 65532
        seccompProfile:
          type: RuntimeDefault
      {{- with .Values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with .Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        {{- range .Values.spreadOver }}
        - topologyKey: {{ . }}
          maxSkew: 1
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "parts.selectorLabels" $ | nindent 14 }}
        {{- end }}
      # a process drains for 12 seconds at most
      terminationGracePeriodSeconds: 30
      containers:
        - name: {{ .Chart.Name }}
          image: {{ include "parts.image" . }}
          imagePullPolicy: {{ .Values.global.image.pullPolicy }}
          env:
            {{- include "parts.environment" . | nindent 12 }}
          ports:
            - name: operations
              containerPort: 10901
              protocol: TCP
            {{- with include (printf "%s.ports" .Chart.Name) . }}
            {{- . | nindent 12 }}
            {{- end }}
          startupProbe:
            httpGet:
              path: /healthz
              port: operations
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet:
              path: /healthz
              port: operations
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet:
              path: /readyz
              port: operations
            periodSeconds: 5
            timeoutSeconds: 5
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          {{- with print (include "parts.redisVolumeMounts" .) (include (printf "%s.volumeMounts" .Chart.Name) .) | trim }}
          volumeMounts:
            {{- . | nindent 12 }}
          {{- end }}
      {{- with print (include "parts.redisVolumes" .) (include (printf "%s.volumes" .Chart.Name) .) | trim }}
      volumes:
        {{- . | nindent 8 }}
      {{- end }}
{{- end -}}

{{- define "parts.environment" -}}
- name: MCP_HTTP_HOST
  value: 0.0.0.0
- name: MCP_HTTP_PORT
  value: "10901"
- name: MCP_MESH
  value: {{ .Values.global.mesh }}
- name: MCP_CLUSTER_SOURCE
  value: kubernetes
{{- with .Values.global.namespaces }}
- name: MCP_NAMESPACES
  value: {{ join "," . }}
{{- end }}
{{- with .Values.global.linkerd.controlPlaneNamespace }}
- name: MCP_CONTROL_PLANE_NAMESPACE
  value: {{ . }}
{{- end }}
{{ include "parts.redisEnvironment" . | trim }}
{{- with include (printf "%s.environment" .Chart.Name) . }}
{{ . | trim }}
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}
