"""A client in another language, from the proto files alone: asks who may reach whom.

usage: explain_access.py PROTO_DIR ADDRESS TOKEN REQUEST

REQUEST is an ExplainAccessRequest as JSON. Prints the answer as one line of JSON.
"""

import json
import sys
import tempfile

import grpc
from google.protobuf.json_format import MessageToDict, Parse

from client import generate


def main() -> None:
    proto_dir, address, token, request = sys.argv[1:]
    with tempfile.TemporaryDirectory() as out:
        generate(proto_dir, out)
        sys.path.insert(0, out)
        from mcp.v1 import policy_answers_pb2 as messages
        from mcp.v1 import policy_answers_pb2_grpc as services

        with grpc.insecure_channel(address) as channel:
            answer = services.PolicyAnswersStub(channel).ExplainAccess(
                Parse(request, messages.ExplainAccessRequest()),
                timeout=10,
                metadata=[("authorization", f"Bearer {token}")],
            )
            print(json.dumps(MessageToDict(answer)))


if __name__ == "__main__":
    main()
