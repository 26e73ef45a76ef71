# SPDX-License-Identifier: Apache-2.0
"""Start wrn-serve, validate its description, and hold the server against it; see check-serving-api."""
import argparse
import collections
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import urllib.request

from openapi_spec_validator import validate

HERE = pathlib.Path(__file__).resolve().parent


def start(program, *arguments):
    server = subprocess.Popen(
        [program, "--port", "0", "--quiet", "--weights", "m=bundled", *arguments],
        stderr=subprocess.PIPE, text=True)
    line = server.stderr.readline()
    if " at http" not in line:
        sys.exit(f"the server did not start: {line}{server.stderr.read()}")
    return server, line.rsplit(" at ", 1)[1].strip()


def run(address, folder, examples, *arguments):
    """Make requests from the description: their number, the accepted ones by the path's end, whether none is violated."""
    report = folder / "report.ndjson"
    tool = pathlib.Path(sys.executable).parent / "schemathesis"
    result = subprocess.run(
        [tool, "--config-file", HERE / "schemathesis.toml", "run", f"{address}/openapi.json",
         "--max-examples", str(examples), "--seed", "1", "--continue-on-failure",
         "--report", "ndjson", "--report-ndjson-path", report, "--generation-database", "none", *arguments],
        env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)}, cwd=folder)
    count, accepted = 0, collections.Counter()
    for line in report.read_text().splitlines():
        event = json.loads(line).get("ScenarioFinished", {"recorder": {}})
        for interaction in event["recorder"].get("interactions", {}).values():
            count += 1
            request, answer = interaction["request"], interaction.get("response")
            if request["method"] == "POST" and answer and answer["status_code"] == 200:
                accepted[request["uri"].split("?")[0].rsplit("/", 1)[1]] += 1
    return count, accepted, result.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="wrn-serve")
    parser.add_argument("--requests", type=int, default=2000, help="the least number of requests")
    options = parser.parse_args()
    failures = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        tokens = folder / "tokens"
        tokens.write_text("secret\n")
        for what, flags, extra, least in [
            ("without tokens", [], [], options.requests),
            ("with tokens", ["--token-file", tokens], ["--header", "Authorization: Bearer secret"],
             options.requests // 4),
        ]:
            server, address = start(options.program, *flags)
            try:
                with urllib.request.urlopen(f"{address}/openapi.json") as answer:
                    document = json.load(answer)
                validate(document)
                print(f"ok     {what}: the description is valid OpenAPI {document['openapi']}", flush=True)
                operations = sum(len(methods) for methods in document["paths"].values())
                count, accepted, holds = run(address, folder, max(least // operations, 20), *extra)
                runs = server.poll() is None
            finally:
                server.send_signal(signal.SIGTERM)
                ended = server.wait(30)
            # Where all were refused, no answer would have been looked at.
            enough = count >= least and min(accepted["classify"], accepted["infer"]) >= least // 100
            failures += not (holds and enough and runs and ended == 0)
            print(f"{'ok    ' if holds else 'FAILED'} {what}: no violation in {count} requests, "
                  f"with {accepted['classify']} images and {accepted['infer']} inferences answered")
            if not enough:
                print(f"FAILED {what}: fewer requests than {least}, or of one kind hardly any that is accepted")
            if not runs or ended:
                print(f"FAILED {what}: the server ended with {ended}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
