"""Reads a manifest from each line of JSON on stdin, and answers with a line of JSON."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "clients" / "python"))
import dmacopy  # noqa: E402


def answer(text):
    try:
        infos = dmacopy.parse_manifest(text.encode("utf-8", "replace"))
        return {"buffers": len(infos)}
    except ValueError as error:
        return {"refused": str(error)}
    except Exception as error:  # what the test is for
        return {"error": repr(error)}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
