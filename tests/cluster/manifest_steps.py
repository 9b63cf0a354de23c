"""The images, the manifests, and the two kinds of Pod that run without the services."""

import concurrent.futures
import pathlib
import re

from cluster import NAMESPACE, Failed, all_kubectls
from steps import step


@step("images", 3600)
def images(cluster, demo):
    """The images are built without a registry and loaded into the node"""
    folder = cluster.images or cluster.scratch / "images"
    if not cluster.images:
        cluster.run(["tools/image", "all", "--save", str(folder)], quiet=True)
    archives = sorted(str(path) for path in pathlib.Path(folder).glob("*.tar"))
    if len(archives) < 4:
        raise Failed(f"{folder} does not hold the four images: {archives}")
    cluster.load(archives)


@step("apply", 300)
def apply(cluster, demo):
    """kubectl apply -k brings the demo up, and its sample data is there"""
    cluster.make_volumes()
    demo.write_overlay()
    demo.apply()
    print(cluster.run("kubectl rollout status deployment/project-orchestrator -n dsm"), end="")
    demo.wait_for()
    cluster.kubectl("wait", "--for=condition=complete", "job/sample-data", "-n", NAMESPACE,
                    "--timeout=240s", quiet=True)
    cluster.kubectl("wait", "--for=condition=ready", "pod/testapp-pod", "-n", NAMESPACE,
                    "--timeout=240s", quiet=True)


@step("manifests", 360)
def manifests(cluster, demo):
    """A second apply changes nothing, by a dry run on the server and by diff, with every kubectl"""
    kubectls = all_kubectls()
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda kubectl: expect_unchanged(cluster, demo, kubectl), kubectls))
    # Over the demo: what both have is taken over, and the server judges all of it.
    cluster.kubectl("apply", "-k", "deploy/production", "--dry-run=server", quiet=True)
    print(f"  {len(kubectls)} kubectls")


def expect_unchanged(cluster, demo, kubectl):
    dry = cluster.run([kubectl, "apply", "-k", str(demo.overlay), "--dry-run=server"])
    # Of a PodDisruptionBudget kubectl always sends the selector, which is replaced as a whole.
    changed = [line for line in dry.splitlines()
               if "unchanged" not in line and not line.startswith("poddisruptionbudget")]
    if changed:
        raise Failed(f"{kubectl} would change: {changed}")
    cluster.run([kubectl, "diff", "-k", str(demo.overlay)])


@step("restricted", 300)
def restricted(cluster, demo):
    """Pod Security "restricted" has nothing to say, and no Pod but the orchestrator's has a token"""
    said = cluster.run(["kubectl", "label", "--dry-run=server", "--overwrite", "namespace", NAMESPACE,
                        "pod-security.kubernetes.io/enforce=restricted",
                        "pod-security.kubernetes.io/enforce-version=latest"], check=False)
    if "violate" in said.stderr:
        raise Failed(said.stderr)
    for pod in cluster.get("pods")["items"]:
        name = pod["metadata"]["name"]
        mounts = str(pod["spec"]["containers"])
        has_token = "/var/run/secrets/kubernetes.io/serviceaccount" in mounts
        if has_token != name.startswith("project-orchestrator-"):
            raise Failed(f"{name}: has a token: {has_token}")


@step("rights", 300)
def rights(cluster, demo):
    """The orchestrator's account may do what it does with CronJobs, and nothing else"""
    account = f"system:serviceaccount:{NAMESPACE}:project-orchestrator"

    def may(verb, resource):
        return cluster.run(["kubectl", "auth", "can-i", verb, resource, "-n", NAMESPACE,
                            f"--as={account}"], check=False).stdout.strip() == "yes"

    for verb in ["get", "list", "create", "delete"]:
        if not may(verb, "cronjobs.batch"):
            raise Failed(f"may not {verb} cronjobs")
    for verb, resource in [("patch", "cronjobs.batch"), ("update", "cronjobs.batch"),
                           ("deletecollection", "cronjobs.batch"), ("get", "secrets"),
                           ("list", "pods"), ("create", "jobs.batch")]:
        if may(verb, resource):
            raise Failed(f"may {verb} {resource}")


@step("unit-tests", 720, beside=True)
def unit_tests(cluster, demo):
    """The unit-test Pod runs every unit test and is cleaned up"""
    manifest = "deploy/unit-test/unit-test-pod.yml"
    cluster.run(f"kubectl apply -f {manifest}")
    name = cluster.run("kubectl get pods -n dsm -l app=project-orchestrator-unit-test "
                       "-o jsonpath='{.items[0].metadata.name}'")
    cluster.kubectl("wait", "--for=jsonpath={.status.phase}=Running", f"pod/{name}", "-n", NAMESPACE,
                    "--timeout=240s", check=False)
    log = cluster.run(f"kubectl logs -f {name} -n dsm")
    summary = log.strip().splitlines()[-1]
    phase = cluster.until("the Pod ends", lambda: cluster.get(f"pod/{name}")["status"]["phase"]
                          in ("Succeeded", "Failed") and cluster.get(f"pod/{name}")["status"]["phase"])
    cluster.run(f"kubectl delete -f {manifest}")
    if phase != "Succeeded" or not re.search(r"programs: [1-9]\d* tests passed, 0 failed", summary):
        raise Failed(f"{phase}\n{log[-6000:]}")
    print(f"  {summary}")
    left = cluster.get("pods", "-l", "app=project-orchestrator-unit-test")["items"]
    if left:
        raise Failed("the Pod is still there")
