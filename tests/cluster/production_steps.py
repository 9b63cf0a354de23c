"""deploy/production: more than one Pod of a service, on a PostgreSQL and a Redis outside of the
cluster. POSTs go on while it is broken; the policies of its network are applied, but kube-real's node
enforces none."""

import json

from cluster import NAMESPACE, Failed
from demo import SERVICES, expect_equal, expect_in
from production import Traffic, production_of
from steps import PRODUCTION, step

MISSING = "its corresponding CronJob was missing"


@step("production-apply", 360, only_kube_real=True, overlay=PRODUCTION)
def production_apply(cluster, demo):
    """kubectl apply -k deploy/production: every Pod of every service starts at once on an empty
    database, and is ready without a restart"""
    production = production_of(cluster)
    production.stores.start()
    cluster.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", quiet=True)
    production.apply()
    production.wait_for()
    pods = production.pods()
    expect_equal(len(pods), sum(production.replicas().values()), "the number of Pods")
    if min(production.replicas().values()) < 2 or production.restarts():
        raise Failed(f"Pods: {production.replicas()}; started again: {production.restarts()}")
    said = cluster.run(["kubectl", "label", "--dry-run=server", "--overwrite", "namespace", NAMESPACE,
                        "pod-security.kubernetes.io/enforce=restricted",
                        "pod-security.kubernetes.io/enforce-version=latest"], check=False)
    if "violate" in said.stderr:
        raise Failed(said.stderr)
    print(f"  Pods: {json.dumps(production.replicas())}")


@step("production-flow", 300, only_kube_real=True, overlay=PRODUCTION)
def production_flow(cluster, demo):
    """A project with tasks gets its sprint and CronJob; the CronJob deleted is recreated; 32 POSTs at
    once plan one sprint"""
    production = production_of(cluster)
    production.make_project("ALPHA")
    planned = production.orchestrate("ALPHA")["decisions"]
    expect_equal((planned["create_new_sprint"], planned["tasks_to_assign"],
                  planned["cronjob_created"]), (True, 10, True), "what the first POST did")
    production.expect_one_of_each("ALPHA")
    production.kubectl("delete", "cronjob", *production.cronjobs("ALPHA"), quiet=True)
    healed = production.orchestrate("ALPHA")["decisions"]
    expect_equal((healed["create_new_sprint"], healed["cronjob_created"]), (False, True),
                 "what the POST after the deletion did")
    expect_in(MISSING, healed["reasoning"], "the reasoning")
    production.expect_one_of_each("ALPHA")

    production.make_project("BETA")
    ended = production.at_once("BETA", 32)
    expect_equal([one["status"] for one in ended], [200] * 32, "the answers of 32 POSTs at once")
    production.expect_one_of_each("BETA")
    made = {one["decision"] for one in ended
            if json.loads(one["body"])["decisions"]["create_new_sprint"]}
    expect_equal(len(made), 1, "the number of decisions that planned a sprint")
    production.make_project("GAMMA")
    production.orchestrate("GAMMA")
    recorded = production.expect_recorded([one["decision"] for one in ended])
    print(f"  {len(recorded)} decisions, each in the stream and in Chronicle")


@step("production-scrum", 300, only_kube_real=True, overlay=PRODUCTION)
def production_scrum(cluster, demo):
    """A Job of a CronJob that DSM made holds the daily scrum: its report is in Chronicle"""
    production = production_of(cluster)
    made_from = production.cronjobs("ALPHA")[0]
    production.kubectl("create", "job", "now", f"--from=cronjob/{made_from}", quiet=True)
    production.kubectl("wait", "--for=condition=complete", "job/now", "--timeout=240s", quiet=True)
    said = production.kubectl("logs", "job/now").strip()
    report = said.rsplit(" ", 1)[1]
    found = production.expect(200, "chronicle-service",
                              "/v1/notes/daily_scrum_report?project_id=ALPHA")
    expect_in(report, json.dumps(found), "Chronicle")
    print(f"  {said}")


@step("production-pods-killed", 360, only_kube_real=True, overlay=PRODUCTION)
def production_pods_killed(cluster, demo):
    """A Pod of each service deleted by force, and one killed, under POSTs: nothing lost or twice"""
    production = production_of(cluster)
    before = production.expect_recorded()
    with Traffic(production) as traffic:
        for service in SERVICES:
            pod = production.pods(service)[0]["metadata"]["name"]
            production.kubectl("delete", "pod", pod, "--grace-period=0", "--force", quiet=True)
            production.kubectl("delete", "cronjob", "-l", "project=ALPHA", quiet=True)
            traffic.wait_for_more()
            production.wait_for(service)
        for service in SERVICES:
            production.kill_container(service)
        production.kubectl("delete", "cronjob", "-l", "project=BETA", quiet=True)
        traffic.wait_for_more()
    print(f"  {traffic.says()}")
    production.wait_for()
    production.expect_few_sessions()
    expect_all_well(production, before, traffic)


def expect_all_well(production, before, traffic):
    """What the POSTs were told is what is recorded, and every project has what it is to have. A POST
    that was repeated under its key made no second decision: each one has its answer."""
    new = production.expect_recorded(traffic.decisions()) - before
    if new != set(traffic.decisions()):
        raise Failed(f"decisions that no client was told: {new - set(traffic.decisions())}")
    for project in production.projects:
        production.orchestrate(project)
        production.expect_one_of_each(project)
    print(f"  {len(new)} decisions, each in the stream and in Chronicle")


@step("production-rollout", 450, only_kube_real=True, overlay=PRODUCTION)
def production_rollout(cluster, demo):
    """Every Deployment restarted at once under POSTs: a client that repeats notices nothing"""
    production = production_of(cluster)
    before = production.expect_recorded()
    with Traffic(production) as traffic:
        production.kubectl("rollout", "restart", "deployment", "-l",
                           "app.kubernetes.io/component=service", quiet=True)
        production.kubectl("delete", "cronjob", "-l", "project=ALPHA", quiet=True)
        production.wait_for()
        traffic.wait_for_more()
    print(f"  {traffic.says()}")
    expect_all_well(production, before, traffic)


@step("production-postgresql", 450, only_kube_real=True, overlay=PRODUCTION)
def production_postgresql(cluster, demo):
    """PostgreSQL restarted under POSTs goes on; while it is gone, no Pod is ready and none restarts"""
    production = production_of(cluster)
    stores = production.stores
    before = production.expect_recorded()
    restarted = production.restarts()
    with Traffic(production) as traffic:
        stores.stop_postgres()
        stores.start_postgres()
        traffic.wait_for_more()
    print(f"  {traffic.says()}")
    expect_all_well(production, before, traffic)
    stores.stop_postgres()
    try:
        expect_none_ready(cluster, production)
    finally:
        cluster.clock.at_least(240)
        stores.start_postgres()
    cluster.until("every Pod is ready again", lambda: all(is_ready(pod) for pod in production.pods()),
                  limit=120)
    expect_equal(production.restarts(), restarted, "the restarts of containers")
    production.orchestrate("ALPHA")


def expect_none_ready(cluster, production):
    """Within the time of the probes: alive, and not ready."""
    cluster.until("no Pod is ready", lambda: not any(is_ready(pod) for pod in production.pods()),
                  limit=120)
    for pod in production.pods():
        service = pod["metadata"]["labels"]["app.kubernetes.io/name"]
        found = [production.call(service, path, address=pod["status"]["podIP"])[0]
                 for path in ("/health", "/health/ready")]
        expect_equal(found, [200, 503], f"liveness and readiness of {pod['metadata']['name']}")


def is_ready(pod):
    return any(one["type"] == "Ready" and one["status"] == "True"
               for one in pod["status"].get("conditions", []))


@step("production-redis", 300, only_kube_real=True, overlay=PRODUCTION)
def production_redis(cluster, demo):
    """Redis gone for a while under POSTs: they are answered, and every event comes once it is back"""
    production = production_of(cluster)
    before = production.expect_recorded()
    with Traffic(production) as traffic:
        production.stores.stop_redis()
        try:
            traffic.wait_for_more(60)
        finally:
            cluster.clock.at_least(240)
            production.stores.start_redis()
        traffic.wait_for_more()
    print(f"  {traffic.says()}")
    expect_all_well(production, before, traffic)


@step("production-frozen", 450, only_kube_real=True, overlay=PRODUCTION)
def production_frozen(cluster, demo):
    """PostgreSQL that does not answer any more, frozen: no Pod stays ready, and all goes on after it"""
    production = production_of(cluster)
    before = production.expect_recorded()
    restarted = production.restarts()
    with Traffic(production, patience=300) as traffic:
        production.stores.freeze_postgres()
        try:
            expect_none_ready(cluster, production)
        finally:
            cluster.clock.at_least(240)
            production.stores.thaw_postgres()
        cluster.until("every Pod is ready again",
                      lambda: all(is_ready(pod) for pod in production.pods()), limit=120)
        traffic.wait_for_more()
    print(f"  {traffic.says()}")
    expect_all_well(production, before, traffic)
    expect_equal(production.restarts(), restarted, "the restarts of containers")


@step("production-ten-pods", 360, only_kube_real=True, overlay=PRODUCTION)
def production_ten_pods(cluster, demo):
    """Ten Pods of a service start at once on an empty database: all are ready, none restarts"""
    production = production_of(cluster)
    production.kubectl("scale", "deployment", "--all", "--replicas=0", quiet=True)
    cluster.until("the Pods are gone", lambda: not cluster.get(
        "pods", "-l", "app.kubernetes.io/component=service")["items"])
    production.stores.empty_database()
    production.kubectl("scale", "deployment/sprint-service", "--replicas=10", quiet=True)
    production.wait_for("sprint-service")
    expect_equal((len(production.pods()), production.restarts()), (10, {}), "Pods and restarts")
    production.expect_few_sessions()
