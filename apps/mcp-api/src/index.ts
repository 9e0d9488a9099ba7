export { readSigningKey } from './events/signing-key.js';
export { McpApi } from './mcp-api.js';
export { McpApiModule, type McpApiDependencies } from './mcp-api.module.js';
export { listenOn, startMcpApi, type RunningMcpApi } from './start-mcp-api.js';
export { whoMayCall, type WhoMayCall } from './who-may-call.js';
