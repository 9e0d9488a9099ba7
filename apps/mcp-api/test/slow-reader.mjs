// A gRPC client in a process of its own: opens streams of one connection and reads them only when it is told to.
// Arguments: port, number of streams, path of the rpc, request in base64, deadline in ms (0: none).
// On standard input: a line with a number reads so many messages of the first stream. On standard output: JSON lines.
import { createInterface } from 'node:readline';
import { Client, credentials } from '@grpc/grpc-js';

const [port, count, path, request, deadlineMs] = process.argv.slice(2);
const bytes = (value) => value;
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
const streams = Array.from({ length: Number(count) }, (_, number) => {
  const options = Number(deadlineMs) > 0 ? { deadline: Date.now() + Number(deadlineMs) } : {};
  const stream = client.makeServerStreamRequest(
    path,
    bytes,
    (answer) => answer,
    Buffer.from(request, 'base64'),
    options,
  );
  stream.on('metadata', () => say({ open: number }));
  stream.on('error', () => undefined);
  stream.on('status', ({ code, details }) => say({ ended: number, code, details }));
  return stream;
});

let wanted = 0;
function read() {
  while (wanted > 0) {
    const message = streams[0].read();
    if (message === null) return;
    wanted -= 1;
    say({ message: message.toString('base64') });
  }
}
streams[0].on('readable', read);
for await (const line of createInterface({ input: process.stdin })) {
  wanted += Number(line);
  read();
}
