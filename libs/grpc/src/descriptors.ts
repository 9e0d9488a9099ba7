import { createFileRegistry, fromBinary, type FileRegistry } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { descriptorSetBase64 } from '@mcp/contracts';

/** Every file, message and service that this API is described in. */
export const descriptors: FileRegistry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSetBase64, 'base64')),
);

/** Whether an rpc, for example `/mcp.v1.MeshContext/GetMeshGraph`, has one answer and no stream. grpc-js hands both the same kind of call. */
export function isUnary(path: string): boolean {
  const [, service = '', rpc = ''] = path.split('/');
  const method = descriptors.getService(service)?.methods.find(({ name }) => name === rpc);
  return method?.methodKind === 'unary';
}
