{{- /* where the event log is, and how a service gets in; credentials are files */ -}}
{{- define "parts.redisHost" -}}
{{ .Release.Name }}-redis
{{- end -}}

{{- define "parts.redisUrl" -}}
{{- $redis := .Values.global.redis -}}
{{- if $redis.install -}}
redis://{{ include "parts.redisHost" . }}.{{ .Release.Namespace }}.svc:6379
{{- else -}}
{{- required "global.redis.url must say where the event log is: redis://host:6379; or sentinels, or clusterNodes" $redis.url -}}
{{- end -}}
{{- end -}}

{{- define "parts.redisSecret" -}}
{{- $redis := .Values.global.redis -}}
{{- if $redis.install -}}
{{- $redis.existingSecret | default (include "parts.redisHost" .) -}}
{{- else -}}
{{- $redis.existingSecret -}}
{{- end -}}
{{- end -}}

{{- define "parts.redisEnvironment" -}}
{{- $redis := .Values.global.redis -}}
{{- if and $redis.sentinels (not $redis.install) }}
- name: MCP_REDIS_SENTINELS
  value: {{ join "," $redis.sentinels }}
- name: MCP_REDIS_SENTINEL_MASTER
  value: {{ $redis.sentinelMaster }}
{{- with $redis.sentinelUser }}
- name: MCP_REDIS_SENTINEL_USER
  value: {{ . | quote }}
{{- end }}
{{- with $redis.sentinelPasswordKey }}
- name: MCP_REDIS_SENTINEL_PASSWORD_FILE
  value: /credentials/redis/sentinel-password
{{- end }}
{{- else if and $redis.clusterNodes (not $redis.install) }}
- name: MCP_REDIS_CLUSTER_NODES
  value: {{ join "," $redis.clusterNodes }}
{{- else }}
- name: MCP_REDIS_URL
  value: {{ include "parts.redisUrl" . | quote }}
{{- end }}
{{- with ternary .Chart.Name $redis.user $redis.install }}
- name: MCP_REDIS_USER
  value: {{ . | quote }}
{{- end }}
{{- if include "parts.redisSecret" . }}
- name: MCP_REDIS_PASSWORD_FILE
  value: /credentials/redis/password
{{- end }}
{{- if not $redis.install }}
{{- with $redis.tls }}
{{- if .enabled }}
- name: MCP_REDIS_TLS
  value: "on"
{{- end }}
{{- with .serverName }}
- name: MCP_REDIS_SERVER_NAME
  value: {{ . }}
{{- end }}
{{- if .existingSecret }}
{{- range $name, $key := dict "CA" .caKey "CERTIFICATE" .certificateKey "KEY" .keyKey }}
{{- with $key }}
- name: MCP_REDIS_{{ $name }}_FILE
  value: /credentials/redis-tls/{{ . }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
- name: MCP_REDIS_REPLICAS
  value: {{ $redis.replicas | quote }}
{{- end -}}

{{- define "parts.redisVolumes" -}}
{{- $redis := .Values.global.redis -}}
{{- with include "parts.redisSecret" . }}
- name: redis
  secret:
    secretName: {{ . }}
    items:
      - key: {{ ternary $.Chart.Name $redis.passwordKey $redis.install }}
        path: password
      {{- if and $redis.sentinelPasswordKey (not $redis.install) }}
      - key: {{ $redis.sentinelPasswordKey }}
        path: sentinel-password
      {{- end }}
{{- end }}
{{- if and $redis.tls.existingSecret (not $redis.install) }}
- name: redis-tls
  secret:
    secretName: {{ $redis.tls.existingSecret }}
{{- end }}
{{- end -}}

{{- define "parts.redisVolumeMounts" -}}
{{- $redis := .Values.global.redis -}}
{{- if include "parts.redisSecret" . }}
- name: redis
  mountPath: /credentials/redis
  readOnly: true
{{- end }}
{{- if and $redis.tls.existingSecret (not $redis.install) }}
- name: redis-tls
  mountPath: /credentials/redis-tls
  readOnly: true
{{- end }}
{{- end -}}

{{- /* ports of Redis, and of its Sentinels; what a Sentinel answers with is taken to listen where Redis does */ -}}
{{- define "parts.redisPorts" -}}
{{- $redis := .Values.global.redis -}}
{{- $ports := list -}}
{{- if $redis.install -}}
{{- $ports = list "6379" -}}
{{- else -}}
{{- $hosts := concat $redis.sentinels $redis.clusterNodes -}}
{{- with $redis.url -}}{{- $hosts = list (urlParse .).host -}}{{- end -}}
{{- range $hosts -}}
{{- $ports = append $ports (regexFind ":[0-9]+$" . | trimPrefix ":" | default "6379") -}}
{{- end -}}
{{- if $redis.sentinels -}}{{- $ports = append $ports "6379" -}}{{- end -}}
{{- end -}}
{{- range uniq $ports }}
- port: {{ . }}
  protocol: TCP
{{- end }}
{{- end -}}
