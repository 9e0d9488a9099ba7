"""A client in another language, from the proto files alone: reads the graph, then follows the stream.

usage: client.py PROTO_DIR ADDRESS TOKEN SECONDS

Prints one JSON line for the graph, then one for each message of the stream, until SECONDS have passed.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import grpc
from google.protobuf.json_format import MessageToDict


def generate(proto_dir: str, out: str) -> None:
    plugin = shutil.which("grpc_python_plugin")
    if plugin is None:
        sys.exit("grpc_python_plugin is missing: apt-get install protobuf-compiler-grpc")
    subprocess.run(
        [
            "protoc",
            f"-I{proto_dir}",
            f"--python_out={out}",
            f"--grpc_out={out}",
            f"--plugin=protoc-gen-grpc={plugin}",
            *map(str, Path(proto_dir).glob("mcp/**/*.proto")),
        ],
        check=True,
    )


def main() -> None:
    proto_dir, address, token, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
    caller = [("authorization", f"Bearer {token}")]
    with tempfile.TemporaryDirectory() as out:
        generate(proto_dir, out)
        sys.path.insert(0, out)
        from mcp.v1 import mesh_context_pb2 as messages
        from mcp.v1 import mesh_context_pb2_grpc as services

        with grpc.insecure_channel(address) as channel:
            mesh = services.MeshContextStub(channel)
            typed = mesh.GetMeshGraph(messages.GetMeshGraphRequest(form=messages.GRAPH_FORM_TYPED), timeout=10, metadata=caller)
            untyped = mesh.GetMeshGraph(messages.GetMeshGraphRequest(), timeout=10, metadata=caller)
            print(
                json.dumps(
                    {
                        "entities": sorted(entity.key for entity in typed.entities),
                        "services": sorted(json.loads(untyped.json_graph)["services"]),
                        "position": typed.position,
                    }
                ),
                flush=True,
            )
            try:
                for message in mesh.WatchMeshGraph(messages.WatchMeshGraphRequest(), timeout=seconds, metadata=caller):
                    print(json.dumps(MessageToDict(message)), flush=True)
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.DEADLINE_EXCEEDED:
                    raise


if __name__ == "__main__":
    main()
