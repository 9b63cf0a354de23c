"""The demo in the cluster: applied with the data and the clock of the recorded answers, called from
testapp-pod, and compared as JSON values."""

import datetime
import json
import os

from cluster import NAMESPACE, ROOT, Failed

PROJECT = "TEST-001"
SPRINT = "TEST-001-S12"
CRONJOB = "run-dailyscrum-test-001-test-001-s12"
SERVICES = ["project-orchestrator", "project-service", "backlog-service", "sprint-service",
            "chronicle-service"]
POST = ("kubectl exec -it testapp-pod -n dsm -- curl -X POST -H \"Content-Type: application/json\" "
        "-d '{}' http://project-orchestrator.dsm.svc.cluster.local/orchestrate/project/TEST-001")
FIXTURES = ROOT / "tests" / "fixtures"


def recorded(name):
    return json.loads((FIXTURES / f"recorded-{name}-cronjob.json").read_text())


MISSING = recorded("missing")["response"]
EXISTING = recorded("existing")["response"]

IMPORT_RECORDED = """\
- op: replace
  path: /spec/template/spec/containers/0/args
  value: [import, /workspace/recorded.json]
- op: add
  path: /spec/template/spec/containers/0/volumeMounts
  value: [{name: workspace, mountPath: /workspace}]
- op: add
  path: /spec/template/spec/volumes
  value: [{name: workspace, configMap: {name: recorded}}]
"""


class Demo:
    def __init__(self, cluster):
        self.cluster = cluster
        self.overlay = cluster.scratch / "overlay"

    def write_overlay(self):
        """deploy/demo as it is, with the recorded workspace for data and its day for today."""
        self.overlay.mkdir(exist_ok=True)
        told = datetime.datetime.fromisoformat(recorded("missing")["clock"].replace("Z", "+00:00"))
        offset = int((told - datetime.datetime.now(datetime.timezone.utc)).total_seconds())
        (self.overlay / "recorded.json").write_bytes(
            (FIXTURES / "recorded-missing-cronjob.json").read_bytes())
        (self.overlay / "kustomization.yaml").write_text(json.dumps({
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
            "namespace": NAMESPACE,
            "resources": [os.path.relpath(ROOT / "deploy" / "demo", self.overlay.resolve())],
            "configMapGenerator": [
                {"name": "dsm-settings", "behavior": "merge",
                 "literals": [f"CLOCK_OFFSET_S={offset}"]},
                {"name": "recorded", "files": ["recorded.json"]}],
            "patches": [{"target": {"kind": "Job", "name": "sample-data"},
                         "patch": IMPORT_RECORDED}]}))

    def apply(self):
        return self.cluster.kubectl("apply", "-k", str(self.overlay))

    def wait_for(self, *services):
        """Rolled out, and reached: kube-proxy may learn of a new Pod after the Deployment did."""
        for service in services or SERVICES:
            self.cluster.kubectl("rollout", "status", f"deployment/{service}", "-n", NAMESPACE,
                                 quiet=True)
        for service in services or SERVICES:
            if service in SERVICES:
                self.cluster.until(f"{service} is reached at its only Pod",
                                   lambda name=service: self.is_reached(name))

    def is_reached(self, service):
        slices = self.cluster.get("endpointslices", "-l", f"kubernetes.io/service-name={service}")
        addresses = [address for one in slices["items"] for endpoint in one.get("endpoints") or []
                     for address in endpoint["addresses"]]
        try:
            pod = self.cluster.pod_of(service)
        except Failed:
            return False
        if addresses != [pod["status"]["podIP"]]:
            return False
        return all(self.curl(f"http://{service}/health")[0] == 200 for _ in range(3))

    # --- calls

    def curl(self, *arguments):
        """(status, body) of a call from testapp-pod; status 0 when no answer came."""
        done = self.cluster.run(
            ["kubectl", "exec", "testapp-pod", "-n", NAMESPACE, "--", "curl", "-sS", "-m", "30",
             "-w", "\n%{http_code}", *arguments], check=False)
        body, _, status = done.stdout.rpartition("\n")
        return int(status or 0), body or done.stderr

    def read(self, url):
        status, body = self.curl(f"http://{url}")
        if status != 200:
            raise Failed(f"GET {url}: {status} {body}")
        return json.loads(body)

    def post(self, body="{}"):
        return self.curl("-X", "POST", "-H", "Content-Type: application/json", "-d", body,
                         f"http://project-orchestrator/orchestrate/project/{PROJECT}")

    def post_as_recorded(self):
        """The answer of the very command of the change request."""
        return json.loads(self.cluster.run(POST))

    # --- expectations

    def expect_post(self, expected):
        status, body = self.post()
        if status != 200:
            raise Failed(f"POST: {status} {body}")
        expect_equal(json.loads(body), expected, "the answer of the POST")

    def expect_well(self):
        """The next POST is right, whatever happened before it: healed or found, and then found."""
        status, body = self.post()
        if status != 200 or json.loads(body) not in (MISSING, EXISTING):
            raise Failed(f"POST: {status} {body}")
        self.expect_post(EXISTING)
        self.expect_one_cronjob()

    def expect_one_cronjob(self):
        names = [item["metadata"]["name"] for item in self.cluster.get("cronjobs")["items"]]
        expect_equal(names, [CRONJOB], "the CronJobs")

    def delete_cronjob(self):
        self.cluster.kubectl("delete", "cronjob", CRONJOB, "-n", NAMESPACE, "--ignore-not-found",
                             quiet=True)

    def heal(self):
        """The CronJob is there with the schedule of the record."""
        self.delete_cronjob()
        status, body = self.post('{"options":{"schedule":"0 14 * * 1-5"}}')
        if status != 200:
            raise Failed(f"POST: {status} {body}")

    def notes(self):
        return self.read("chronicle-service/v1/notes/daily_scrum_report"
                         f"?project_id={PROJECT}&include=decisions")["notes"]

    def redis(self, *command):
        return self.cluster.kubectl("exec", "deployment/dsm-redis", "-n", NAMESPACE, "--",
                                    "redis-cli", *command)

    def everything(self):
        """What must outlive every Pod."""
        return {"project": self.read(f"project-service/projects/{PROJECT}"),
                "team": self.read(f"project-service/projects/{PROJECT}/team-members"),
                "holidays": self.read("project-service/calendar/holidays"),
                "tasks": self.read(f"backlog-service/backlogs/{PROJECT}"),
                "sprints": self.read(f"sprint-service/sprints/by-project/{PROJECT}"),
                "notes": sorted(note["note_id"] for note in self.notes()),
                "decisions": self.read(f"project-orchestrator/decisions?project_id={PROJECT}"),
                "events": self.redis("XRANGE", "orchestration_events", "-", "+")}


def expect_equal(found, expected, what):
    if found != expected:
        raise Failed(f"{what} differs\n  found:    {json.dumps(found)}\n"
                     f"  expected: {json.dumps(expected)}")


def expect_in(part, text, what):
    if part not in text:
        raise Failed(f"{what} does not say '{part}':\n{text}")
