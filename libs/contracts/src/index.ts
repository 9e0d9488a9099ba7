// Generated from proto/ by `npm run gen`; the wire's own words, for the rooms that speak gRPC.
export * from './gen/google/protobuf/any.js';
export * from './gen/google/rpc/error_details.js';
export { Status as RpcStatus } from './gen/google/rpc/status.js';
export * from './gen/mcp/v1/callers.js';
export * from './gen/mcp/v1/changes.js';
export * from './gen/mcp/v1/desired_objects.js';
export * from './gen/mcp/v1/events.js';
export * from './gen/mcp/v1/graph.js';
export * from './gen/mcp/v1/history.js';
export * from './gen/mcp/v1/mesh_context.js';
export * from './gen/mcp/v1/plans.js';
export * from './gen/mcp/v1/policy.js';
export * from './gen/mcp/v1/policy_answers.js';
export * from './gen/mcp/v1/rates.js';
export * from './gen/mcp/v1/routes.js';
export * from './gen/mcp/v1/traffic.js';
export { descriptorSetBase64 } from './gen/descriptor-set.js';
