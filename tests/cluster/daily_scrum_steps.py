"""CronJobs that the orchestrator made really run here."""

import json

from cluster import NAMESPACE, Failed
from demo import CRONJOB, PROJECT, SPRINT, expect_equal, expect_in
from steps import step

REPORT = f"chronicle-service/v1/notes/daily_scrum_report?project_id={PROJECT}&sprint_id={SPRINT}"


def pods_of(cluster, job):
    return cluster.get("pods", "-l", f"job-name={job}")["items"]


def is_complete(job):
    return any(one["type"] == "Complete" and one["status"] == "True"
               for one in job.get("status", {}).get("conditions", []))


@step("fires", 360)
def fires(cluster, demo):
    """A CronJob made by the orchestrator fires: its Pod completes, and its report is in Chronicle"""
    demo.delete_cronjob()
    before, _ = demo.curl(f"http://{REPORT}")
    expect_equal(before, 404, "the status of a report before any scrum")
    status, body = demo.post('{"options":{"schedule":"* * * * *"}}')
    if status != 200:
        raise Failed(f"POST: {status} {body}")

    def complete_job():
        return next((job for job in cluster.get("jobs")["items"]
                     if job["metadata"]["name"].startswith(CRONJOB) and is_complete(job)), None)

    job = cluster.until("a Job of the CronJob completes", complete_job)
    owner = job["metadata"]["ownerReferences"][0]
    expect_equal((owner["kind"], owner["name"]), ("CronJob", CRONJOB), "the Job's owner")
    pod = pods_of(cluster, job["metadata"]["name"])[0]
    log = cluster.kubectl("logs", pod["metadata"]["name"], "-n", NAMESPACE)
    expect_in(f"daily scrum of sprint {SPRINT} of project {PROJECT} held, report ", log,
              "the Pod's log")
    report = log.strip().rsplit(" ", 1)[1]
    note = demo.read(REPORT)
    expect_in(report, json.dumps(note), "Chronicle")
    demo.heal()
    print(f"  {log.strip()}")


@step("retries", 540)
def retries(cluster, demo):
    """With sprint-service down the Pod fails with a clear last line, and the Job's retry succeeds"""
    cluster.kubectl("scale", "deployment/sprint-service", "--replicas=0", "-n", NAMESPACE, quiet=True)
    cluster.kubectl("create", "job", "retried", f"--from=cronjob/{CRONJOB}", "-n", NAMESPACE,
                    quiet=True)
    try:
        failed = cluster.until("the Pod fails", lambda: next(
            (pod for pod in pods_of(cluster, "retried") if pod["status"]["phase"] == "Failed"), None))
        log = cluster.kubectl("logs", failed["metadata"]["name"], "-n", NAMESPACE)
    finally:
        cluster.clock.at_least(240)
        cluster.kubectl("scale", "deployment/sprint-service", "--replicas=1", "-n", NAMESPACE,
                        quiet=True)
    last = log.strip().splitlines()[-1]
    expect_in("sprint-service.dsm.svc.cluster.local did not become ready within 60 s", last,
              "the Pod's last line")
    expect_equal(failed["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"], 4,
                 "the Pod's exit code")
    demo.wait_for("sprint-service")
    cluster.until("the Job completes", lambda: is_complete(cluster.get("job/retried")))
    job = cluster.get("job/retried")
    expect_equal((job["status"]["failed"], job["status"]["succeeded"]), (1, 1), "failed, succeeded")
    cluster.kubectl("delete", "job", "retried", "-n", NAMESPACE, quiet=True)
    print(f"  {last}")
