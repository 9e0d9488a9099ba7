{{- /* where the event log is, and how a service gets in */ -}}
{{- define "parts.redisHost" -}}
{{ .Release.Name }}-redis
{{- end -}}

{{- define "parts.redisUrl" -}}
{{- $redis := .Values.global.redis -}}
{{- if $redis.install -}}
redis://{{ .Chart.Name }}:$(REDIS_PASSWORD)@{{ include "parts.redisHost" . }}.{{ .Release.Namespace }}.svc:6379
{{- else -}}
{{- $url := urlParse (required "global.redis.url must say where the event log is: redis://host:6379" $redis.url) -}}
{{- if $redis.existingSecret -}}
{{- printf "%s://%s:$(REDIS_PASSWORD)@%s%s" $url.scheme $redis.username $url.host $url.path -}}
{{- else -}}
{{- $redis.url -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "parts.redisSecret" -}}
{{- $redis := .Values.global.redis -}}
{{- $redis.existingSecret | default (ternary (include "parts.redisHost" .) "" $redis.install) -}}
{{- end -}}

{{- define "parts.redisPort" -}}
{{- $redis := .Values.global.redis -}}
{{- if $redis.install -}}
6379
{{- else -}}
{{- regexFind ":[0-9]+$" (urlParse $redis.url).host | trimPrefix ":" | default "6379" -}}
{{- end -}}
{{- end -}}

{{- define "parts.redisEnvironment" -}}
{{- with include "parts.redisSecret" . }}
- name: REDIS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: {{ ternary $.Chart.Name $.Values.global.redis.passwordKey $.Values.global.redis.install }}
{{- end }}
- name: MCP_REDIS_URL
  value: {{ include "parts.redisUrl" . | quote }}
- name: MCP_REDIS_REPLICAS
  value: {{ .Values.global.redis.replicas | quote }}
{{- end -}}
