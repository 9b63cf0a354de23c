"""deploy/production as it is, on the Stores; called from the node through its Services."""

import collections
import json
import pathlib
import sys

from cluster import NAMESPACE, Failed
from demo import SERVICES, expect_equal
from stores import Stores

ORCHESTRATOR = "project-orchestrator"
SESSIONS_A_POD = 9  # at PostgreSQL; docs/kubernetes.md counts with it
CALLER = pathlib.Path(__file__).resolve().parent / "caller.py"
Recorded = collections.namedtuple("Recorded", "decisions events notes audits")


class Production:
    """The one of a Cluster, kept with it from step to step."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.stores = Stores(cluster)
        self.addresses = {}
        self.projects = []

    def kubectl(self, *arguments, **options):
        return self.cluster.kubectl("-n", NAMESPACE, *arguments, **options)

    def apply(self):
        """As docs/kubernetes.md says it: the namespace, the Secrets, and all the rest."""
        self.cluster.kubectl("apply", "-f", "deploy/base/namespace.yaml", quiet=True)
        for name, values in self.stores.secrets().items():
            self.kubectl("create", "secret", "generic", name, quiet=True,
                         *[f"--from-literal={key}={value}" for key, value in values.items()])
        self.cluster.kubectl("apply", "-k", "deploy/production", quiet=True)
        self.addresses = {service: self.cluster.get(f"service/{service}")["spec"]["clusterIP"]
                          for service in SERVICES}

    # --- Pods

    def replicas(self):
        """How many Pods the overlay gives each service."""
        deployments = self.cluster.get("deployments", "-l", "app.kubernetes.io/component=service")
        return {one["metadata"]["name"]: one["spec"]["replicas"] for one in deployments["items"]}

    def wait_for(self, *services):
        """Rolled out, and every Pod ready."""
        for service in services or SERVICES:
            self.kubectl("rollout", "status", f"deployment/{service}", quiet=True)

    def pods(self, service=None):
        selector = f"app.kubernetes.io/name={service}" if service else \
            "app.kubernetes.io/component=service"
        return [pod for pod in self.cluster.get("pods", "-l", selector)["items"]
                if "deletionTimestamp" not in pod["metadata"]]

    def restarts(self):
        """Of the containers of each Pod that was started again."""
        return {pod["metadata"]["name"]: status["restartCount"] for pod in self.pods()
                for status in pod["status"].get("containerStatuses", []) if status["restartCount"]}

    def kill_container(self, service):
        """SIGKILL to the process of one of its Pods, which the kubelet then starts again."""
        status = self.pods(service)[0]["status"]["containerStatuses"][0]
        self.cluster.containers("tasks", "kill", "-s", "SIGKILL",
                                status["containerID"].removeprefix("containerd://"))

    def expect_few_sessions(self):
        """No more at PostgreSQL than docs/kubernetes.md says; those of a killed Pod end with it."""
        limit = SESSIONS_A_POD * len(self.pods())
        self.cluster.until(f"at most {limit} sessions", lambda: self.stores.sessions() <= limit,
                           limit=120)
        print(f"  {self.stores.sessions()} sessions of {len(self.pods())} Pods at PostgreSQL")

    # --- calls

    def call(self, service, path, body=None, address=None):
        """(status, body) of a call from the node through the Service, or of one Pod's address."""
        port = "" if address is None else ":8080"
        command = ["curl", "-sS", "-m", "30", "-w", "\n%{http_code}", "-H", f"Host: {service}"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        done = self.cluster.inside(
            *command, f"http://{address or self.addresses[service]}{port}{path}", check=False)
        text, _, status = done.stdout.rpartition("\n")
        return int(status or 0), text or done.stderr

    def expect(self, status, service, path, body=None):
        found, text = self.call(service, path, body)
        if found != status:
            raise Failed(f"{service} {path}: {found} {text}")
        return json.loads(text)

    def orchestrate(self, project):
        return self.expect(200, ORCHESTRATOR, f"/orchestrate/project/{project}", {})

    def make_project(self, project):
        """One with a team of two and ten tasks."""
        self.expect(201, "project-service", "/projects", {
            "id": project, "name": project, "description": "made by a test", "status": "active"})
        for employee in ("E1", "E2"):
            self.expect(201, "project-service", "/employees", {"employee_id": employee,
                                                               "name": f"Employee {employee}"})
        self.expect(200, "project-service", f"/projects/{project}/team-members-assign",
                    {"employee_ids": ["E1", "E2"]})
        self.expect(201, "backlog-service", f"/backlogs/{project}", {})
        self.projects.append(project)

    def caller(self, *arguments):
        return [self.cluster.kube_real, "in", str(self.cluster.folder), sys.executable, str(CALLER),
                self.addresses[ORCHESTRATOR], *arguments]

    def at_once(self, project, count):
        """How `count` POSTs for one project ended that were sent at the same moment."""
        said = self.cluster.run(self.caller(project, "--once", "--threads", str(count)))
        return [json.loads(line) for line in said.splitlines()]

    # --- what there is

    def cronjobs(self, project):
        return [item["metadata"]["name"] for item in
                self.cluster.get("cronjobs", "-l", f"project={project}")["items"]]

    def sprints(self, project):
        return [one["sprint_id"] for one in
                self.expect(200, "sprint-service", f"/sprints/by-project/{project}")]

    def expect_one_of_each(self, project):
        expect_equal((len(self.sprints(project)), len(self.cronjobs(project))), (1, 1),
                     f"the numbers of sprints and CronJobs of {project}")

    def notes(self, project):
        """Chronicle says 404 for a project until the first of them is delivered."""
        path = f"/v1/notes/daily_scrum_report?project_id={project}&include=decisions"
        status, _ = self.call("chronicle-service", path)
        return [] if status == 404 else self.expect(200, "chronicle-service", path)["notes"]

    def recorded(self):
        """The decision ids in the orchestrator's store, in the stream, and in Chronicle."""
        decisions, notes, audits = [], [], []
        for project in self.projects:
            found = self.expect(200, ORCHESTRATOR, f"/decisions?project_id={project}&limit=100000")
            decisions += [row["decision_id"] for row in found]
            notes += [note["orchestration_decision_details"]["decision_id"]
                      for note in self.notes(project) if "orchestration_decision_details" in note]
            found = self.expect(200, "chronicle-service",
                                f"/v1/notes/decision_audit?project_id={project}&limit=100000")
            audits += [audit["audit_id"] for audit in found]
        events = [entry["orchestration_decision_details"]["decision_id"]
                  for entry in self.stores.stream("orchestration_events")]
        return Recorded(*[sorted(part) for part in (decisions, events, notes, audits)])

    def expect_recorded(self, answered=()):
        """The decisions, none of them lost or twice: each is once in the stream and once as note and
        audit, and those that clients were told are among them. Waits for what is being delivered."""

        def all_delivered():
            found = self.recorded()
            numbers = [len(part) for part in found]
            return found if min(numbers) >= len(found.decisions) else None

        try:
            found = self.cluster.until("all is delivered", all_delivered, limit=180, pause=1)
        except Failed as failure:
            raise Failed(f"{failure}: decisions, events, notes, audits are "
                         f"{[len(part) for part in self.recorded()]}") from None
        for name in ("events", "notes", "audits"):
            if getattr(found, name) != found.decisions:
                extra = collections.Counter(getattr(found, name))
                extra.subtract(found.decisions)
                raise Failed(f"{name} are not the decisions, but too many or few of "
                             f"{[(one, count) for one, count in extra.items() if count]}")
        lost = set(answered) - set(found.decisions)
        if lost:
            raise Failed(f"answered and not recorded: {lost}")
        return set(found.decisions)


class Traffic:
    """POSTs that go on while a step breaks something, and what became of them."""

    def __init__(self, production, patience=120):
        self.production = production
        self.cluster = production.cluster
        self.out = self.cluster.scratch / "traffic.jsonl"
        with open(self.out, "w", encoding="utf-8") as out:
            self.process = self.cluster.popen(
                production.caller(*production.projects, "--threads", str(2 * len(production.projects)),
                                  "--patience", str(patience)), out)
        self.ended = []

    def __enter__(self):
        self.wait_for_more()
        return self

    def __exit__(self, kind, *_):
        self.process.stdin.close()
        try:
            self.process.wait(360)
        finally:
            if self.process.poll() is None:
                self.process.kill()
        if kind:
            return
        self.ended = self.read()
        refused = [one for one in self.ended if one["status"] != 200]
        if self.process.returncode or refused:
            raise Failed(f"{len(refused)} of {len(self.ended)} POSTs were not answered in spite of "
                         f"their repeats, the first: {json.dumps(refused[:2])}")

    def read(self):
        return [json.loads(line) for line in self.out.read_text().splitlines(True)
                if line.endswith("\n")]

    def wait_for_more(self, number=6):
        """Until that many POSTs more have been answered."""
        goal = len(self.read()) + number
        self.cluster.until("POSTs are answered", lambda: len(self.read()) >= goal, limit=180, pause=0.2)

    def decisions(self):
        return [one["decision"] for one in self.ended]

    def says(self):
        repeats = [why for one in self.ended for why in one["repeats"]]
        slowest = max(one["seconds"] for one in self.ended)
        kinds = collections.Counter(why[:70] for why in repeats).most_common(4)
        told = "".join(f"\n      {count} x {why}" for why, count in kinds)
        return f"{len(self.ended)} POSTs, {len(repeats)} repeats, slowest {slowest} s{told}"


def production_of(cluster):
    """The Production of this run: made by the first step that asks."""
    if not hasattr(cluster, "production"):
        cluster.production = Production(cluster)
    return cluster.production
