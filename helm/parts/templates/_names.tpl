{{- define "parts.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "parts.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "parts.labels" -}}
{{ include "parts.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: linkerd-mcp
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "parts.metadata" -}}
name: {{ include "parts.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "parts.labels" . | nindent 2 }}
{{- end -}}

{{- /* of objects that belong to no namespace: two installations must not share one */ -}}
{{- define "parts.clusterMetadata" -}}
name: {{ .Release.Namespace }}:{{ include "parts.fullname" . }}
labels:
  {{- include "parts.labels" . | nindent 2 }}
{{- end -}}

{{- define "parts.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "parts.fullname" .) -}}
{{- end -}}

{{- define "parts.image" -}}
{{- with .Values.global.image -}}
{{ with .registry }}{{ . }}/{{ end }}{{ .repository }}/{{ $.Chart.Name }}:{{ $.Values.imageTag | default .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
