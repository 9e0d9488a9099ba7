import { toBinary, type DescFile } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  status,
  type handleBidiStreamingCall,
  type Server,
  type ServerDuplexStream,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { descriptors } from './descriptors.js';

const versions = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'];

/** Serves the descriptors of this API to clients that have no proto files, in both versions of the protocol. */
export function addReflection(server: Server): void {
  for (const service of versions) {
    server.addService(definition(service), { serverReflectionInfo: answerEach });
  }
}

function definition(service: string): ServiceDefinition {
  return {
    serverReflectionInfo: {
      path: `/${service}/ServerReflectionInfo`,
      requestStream: true,
      responseStream: true,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  };
}

// One question at a time: the next is read when the answer before it was taken.
const answerEach: handleBidiStreamingCall<Buffer, Buffer> = (call: ServerDuplexStream<Buffer, Buffer>) => {
  call.on('data', (request: Buffer) => {
    if (!call.write(answer(request))) {
      call.pause();
      call.once('drain', () => call.resume());
    }
  });
  call.on('end', () => call.end());
};

/** Field numbers are those of grpc/reflection/v1/reflection.proto, which v1alpha shares. */
function answer(request: Buffer): Buffer {
  const reply = new BinaryWriter().uint32(tag(2)).bytes(request);
  const question = readQuestion(request);
  switch (question?.field) {
    case 3:
      files(reply, descriptors.getFile(question.text), question.text);
      break;
    case 4:
      files(reply, fileOf(question.text), question.text);
      break;
    case 7:
      services(reply);
      break;
    default:
      // extensions: the API has none
      failure(reply, status.NOT_FOUND, 'there are no extensions in this API');
  }
  return Buffer.from(reply.finish());
}

function readQuestion(request: Buffer): { readonly field: number; readonly text: string } | undefined {
  const reader = new BinaryReader(request);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 3 || field === 4 || field === 7) return { field, text: reader.string() };
    reader.skip(wireType);
  }
  return undefined;
}

/** The file that defines a symbol: a message, an enum, a service, or something within one of those. */
function fileOf(symbol: string): DescFile | undefined {
  const found = descriptors.get(symbol);
  if (found !== undefined) return found.kind === 'extension' ? undefined : found.file;
  const dot = symbol.lastIndexOf('.');
  return dot < 0 ? undefined : fileOf(symbol.slice(0, dot));
}

function files(reply: BinaryWriter, file: DescFile | undefined, asked: string): void {
  if (file === undefined) return failure(reply, status.NOT_FOUND, `${asked} is not in this API`);
  reply
    .uint32(tag(4))
    .fork()
    .uint32(tag(1))
    .bytes(toBinary(FileDescriptorProtoSchema, file.proto, { writeUnknownFields: false }))
    .join();
}

function services(reply: BinaryWriter): void {
  reply.uint32(tag(6)).fork();
  for (const type of descriptors) {
    if (type.kind === 'service') reply.uint32(tag(1)).fork().uint32(tag(1)).string(type.typeName).join();
  }
  reply.join();
}

function failure(reply: BinaryWriter, code: number, message: string): void {
  reply.uint32(tag(7)).fork().uint32(8).int32(code).uint32(tag(2)).string(message).join();
}

/** The tag of a length-delimited field. */
function tag(field: number): number {
  return (field << 3) | 2;
}
