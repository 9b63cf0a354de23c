#!/usr/bin/env python3
"""A client that POSTs as docs/http-api.md advises, and says how each POST ended.

    caller.py ADDRESS PROJECT… --threads 6     until its input ends
    caller.py ADDRESS PROJECT… --threads 32 --once

Each thread has one POST under way, under an Idempotency-Key of its own. It repeats it, with that key,
when no answer came or it was a 502 or 503, after as long as Retry-After says; after --patience
seconds it gives up. A line a POST:
{"project", "status", "decision", "seconds", "repeats": [why, …], "body"}.
"""

import argparse
import http.client
import json
import sys
import threading
import time
import uuid

HOST = "project-orchestrator"
CONNECT = 3  # seconds: a Pod that has just gone does not even refuse
ANSWER = 15
PAUSE = 0.5  # seconds before a repeat, where Retry-After does not say


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("projects", nargs="+")
    parser.add_argument("--threads", type=int, default=6)
    parser.add_argument("--once", action="store_true", help="one POST a thread, all at once")
    parser.add_argument("--patience", type=float, default=120)
    return parser.parse_args()


def attempt(address, project, key):
    """(status, headers, body); status 0 and the error when no answer came."""
    connection = http.client.HTTPConnection(address, 80, timeout=CONNECT)
    try:
        connection.connect()
        connection.sock.settimeout(ANSWER)
        connection.request("POST", f"/orchestrate/project/{project}", "{}",
                           {"Host": HOST, "Content-Type": "application/json", "Idempotency-Key": key})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    except (OSError, http.client.HTTPException) as error:
        return 0, {}, f"{type(error).__name__}: {error}"
    finally:
        connection.close()


def post(address, project, patience):
    began = time.monotonic()
    key = str(uuid.uuid4())
    repeats = []
    while True:
        status, headers, body = attempt(address, project, key)
        spent = time.monotonic() - began
        if status not in (0, 502, 503) or spent > patience:
            return {"project": project, "status": status, "decision": headers.get("X-Decision-ID"),
                    "seconds": round(spent, 3), "repeats": repeats, "body": body}
        repeats.append(f"{status or 'no answer'} {body}"[:200])
        time.sleep(float(headers.get("Retry-After") or PAUSE))


def main():
    options = arguments()
    ended = threading.Event()
    printing = threading.Lock()
    together = threading.Barrier(options.threads)

    def work(number):
        project = options.projects[number % len(options.projects)]
        together.wait()
        while True:
            done = post(options.address, project, options.patience)
            with printing:
                print(json.dumps(done), flush=True)
            if options.once or ended.is_set():
                return

    threads = [threading.Thread(target=work, args=(number,)) for number in range(options.threads)]
    for thread in threads:
        thread.start()
    if not options.once:
        sys.stdin.read()
        ended.set()
    for thread in threads:
        thread.join()


main()
