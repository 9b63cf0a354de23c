"""The change request's deployment and validation, with its own commands."""

from cluster import NAMESPACE, Failed
from demo import CRONJOB, EXISTING, MISSING, SERVICES, expect_equal, expect_in
from steps import step


@step("missing-cronjob", 300)
def missing_cronjob(cluster, demo):
    """Test case 1: a CronJob that is missing is recreated, with the recorded answer"""
    first = "run-dailyscrum-test-001-test-001-s01"
    gone = cluster.run(f"kubectl delete cronjob {first} -n dsm", check=False)
    expect_equal(gone.stderr.strip(),
                 f'Error from server (NotFound): cronjobs.batch "{first}" not found', "kubectl")
    expect_equal(demo.post_as_recorded(), MISSING, "the answer of the POST")
    table = cluster.run(f"kubectl get cronjob {CRONJOB} -n dsm").splitlines()
    expect_equal(table[0].split(), ["NAME", "SCHEDULE", "TIMEZONE", "SUSPEND", "ACTIVE", "LAST",
                                    "SCHEDULE", "AGE"], "the table's head")
    expect_equal(table[1].split()[:9], [CRONJOB, "0", "14", "*", "*", "1-5", "<none>", "False", "0"],
                 "the table's row")


@step("existing-cronjob", 300)
def existing_cronjob(cluster, demo):
    """Test case 2: a CronJob that exists is left alone, with the recorded answer"""
    before = cluster.get(f"cronjob/{CRONJOB}")["metadata"]["uid"]
    expect_equal(demo.post_as_recorded(), EXISTING, "the answer of the POST")
    expect_equal(cluster.get(f"cronjob/{CRONJOB}")["metadata"]["uid"], before, "the CronJob's uid")


@step("validation", 300)
def validation(cluster, demo):
    """The six validation steps: delete, trigger, verify CronJob, logs, Chronicle and Redis"""
    noted = len(demo.notes())
    cluster.run(f"kubectl delete cronjob {CRONJOB} -n dsm")
    expect_equal(demo.post_as_recorded(), MISSING, "the answer of the POST")
    cluster.run(f"kubectl get cronjob {CRONJOB} -n dsm")
    reasoning = MISSING["decisions"]["reasoning"]
    pod = demo.cluster.pod_of("project-orchestrator")["metadata"]["name"]
    expect_in(reasoning, cluster.run(f"kubectl logs {pod} -n dsm"), "the orchestrator's log")
    newest = cluster.until("the note in Chronicle", lambda: len(demo.notes()) > noted and
                           max(demo.notes(), key=lambda note: note["created_at"]))
    expect_in(reasoning, str(newest), "the newest note")
    entry = cluster.until("the event in Redis", lambda: reasoning in demo.redis(
        "XREVRANGE", "orchestration_events", "+", "-", "COUNT", "2") and demo.redis(
        "XREVRANGE", "orchestration_events", "+", "-", "COUNT", "2"))
    expect_in("ORCHESTRATION_DECISION", entry, "the event")


@step("deployment-again", 360)
def deployment_again(cluster, demo):
    """The Deployment deleted and applied again, then all of them: nothing is lost"""
    demo.heal()
    demo.expect_post(EXISTING)
    # Until the records of these POSTs are delivered.
    expect_delivered(cluster, demo)
    before = demo.everything()
    cluster.run("kubectl delete deployment project-orchestrator -n dsm")
    demo.apply()
    cluster.run("kubectl rollout status deployment/project-orchestrator -n dsm")
    demo.wait_for()
    expect_equal(demo.everything(), before, "what is kept")
    demo.expect_post(EXISTING)
    expect_delivered(cluster, demo)

    before = demo.everything()
    cluster.kubectl("delete", "deployments", "--all", "-n", NAMESPACE, quiet=True)
    cluster.until("the Pods are gone", lambda: not [
        pod for pod in cluster.get("pods", "-l", "app.kubernetes.io/component in (service,streams)")
        ["items"]])
    demo.apply()
    demo.wait_for("dsm-redis", *SERVICES)
    expect_equal(demo.everything(), before, "what is kept")
    demo.expect_post(EXISTING)


def expect_delivered(cluster, demo):
    """Every decision of the orchestrator has its note."""

    def all_noted():
        noted = str(demo.notes())
        decisions = demo.read("project-orchestrator/decisions?project_id=TEST-001&limit=5")
        rows = decisions["decisions"] if isinstance(decisions, dict) else decisions
        if not rows:
            raise Failed("there are no decisions")
        return all(row["decision_id"] in noted for row in rows)

    cluster.until("every decision is noted", all_noted)
