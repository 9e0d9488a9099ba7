# One image for each app; APP is collector, mcp-api, reconciler, simulated-mesh or all-in-one:
#   docker build --build-arg APP=collector -t linkerd-mcp/collector:0.1.0 .
# Every step is a script, which the tests run as well (test/image).
ARG NODE=24.21.0

FROM node:${NODE}-bookworm-slim AS build
COPY package.json package-lock.json .npmrc /src/
COPY tools/image/ /src/tools/image/
RUN ["/src/tools/image/install.sh"]
COPY tsconfig.json nest-cli.json .swcrc /src/
COPY apps/ /src/apps/
COPY libs/ /src/libs/
RUN ["/src/tools/image/build.sh"]

FROM build AS app
ARG APP
RUN ["/src/tools/image/assemble.sh"]

FROM node:${NODE}-bookworm-slim
COPY --from=build /src/node_modules/ /app/node_modules/
COPY --from=app /src/image/ /app/
USER 65532:65532
ENTRYPOINT ["node", "/app/main.js"]
