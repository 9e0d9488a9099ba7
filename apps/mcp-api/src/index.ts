export { McpApi } from './mcp-api.js';
export { McpApiModule, type McpApiDependencies } from './mcp-api.module.js';
export { startMcpApi, type RunningMcpApi } from './start-mcp-api.js';
