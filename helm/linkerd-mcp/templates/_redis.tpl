{{- define "redis.name" -}}
{{- include "parts.redisHost" . -}}
{{- end -}}

{{- define "redis.selectorLabels" -}}
app.kubernetes.io/name: redis
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "redis.metadata" -}}
name: {{ include "redis.name" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "redis.selectorLabels" . | nindent 2 }}
  app.kubernetes.io/part-of: linkerd-mcp
  app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- /* a password that is there already stays */ -}}
{{- define "redis.password" -}}
{{- $there := (lookup "v1" "Secret" .root.Release.Namespace (include "redis.name" .root)).data | default dict -}}
{{- index $there .user | default (randAlphaNum 40 | b64enc) -}}
{{- end -}}
