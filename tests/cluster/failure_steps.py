"""What breaks in a cluster, and that the next POST is right each time."""

import json
import pathlib
import shutil
import time

from cluster import NAMESPACE, Failed
from demo import CRONJOB, EXISTING, MISSING, POST, SERVICES, expect_equal, expect_in
from steps import step

ORCHESTRATOR = "project-orchestrator"


@step("pods-killed", 300)
def pods_killed(cluster, demo):
    """Each service's Pod killed in turn: a POST is never a 500, and right as soon as the Pod is back"""
    demo.heal()
    for service in SERVICES + ["dsm-redis"]:
        pod = cluster.pod_of(service)["metadata"]["name"]
        cluster.kubectl("delete", "pod", pod, "-n", NAMESPACE, "--grace-period=0", "--force",
                        quiet=True)
        status, body = demo.post()
        if status == 500:
            raise Failed(f"without {service}: {status} {body}")
        demo.wait_for(service)
        cluster.until("the POST is answered", lambda: demo.post()[0] == 200, limit=120)
        demo.expect_post(EXISTING)
        demo.expect_one_cronjob()
        print(f"  without {service}: {status}")


@step("deleted-in-a-post", 300, only_kube_real=True)
def deleted_in_a_post(cluster, demo):
    """The orchestrator's Pod deleted in the middle of a POST finishes it; the next one is right"""
    demo.delete_cronjob()
    held = cluster.container_of("project-service")
    cluster.containers("tasks", "pause", held)
    try:
        post = cluster.start(["sh", "-c", POST])
        wait_until_called(cluster)
        deleted = cluster.start(["kubectl", "delete", "pod", "-n", NAMESPACE,
                                 cluster.pod_of(ORCHESTRATOR)["metadata"]["name"]])
        cluster.until("the Pod is being deleted", lambda: any(
            "deletionTimestamp" in pod["metadata"] for pod in cluster.get(
                "pods", "-l", f"app.kubernetes.io/name={ORCHESTRATOR}")["items"]), pause=0.1)
    finally:
        cluster.clock.at_least(240)
        cluster.containers("tasks", "resume", held)
    out, err = post.communicate(timeout=cluster.clock.left())
    deleted.communicate(timeout=cluster.clock.left())
    if not out.strip():
        raise Failed(f"the POST got no answer: {err}")
    expect_equal(json.loads(out), MISSING, "the answer of the POST")
    demo.wait_for()
    demo.expect_well()


@step("killed-in-a-post", 300, only_kube_real=True)
def killed_in_a_post(cluster, demo):
    """The orchestrator killed in the middle of a POST: nothing is made twice, the next one is right"""
    demo.delete_cronjob()
    held = cluster.container_of("project-service")
    restarts = restarts_of(cluster)
    cluster.containers("tasks", "pause", held)
    try:
        post = cluster.start(["sh", "-c", POST])
        wait_until_called(cluster)
        cluster.containers("tasks", "kill", "-s", "SIGKILL", cluster.container_of(ORCHESTRATOR))
    finally:
        cluster.clock.at_least(240)
        cluster.containers("tasks", "resume", held)
    post.communicate(timeout=cluster.clock.left())
    cluster.until("the container starts again", lambda: restarts_of(cluster) > restarts)
    demo.wait_for()
    cluster.until("the orchestrator answers", lambda: demo.curl(
        f"http://{ORCHESTRATOR}/health")[0] == 200)
    demo.expect_well()


def restarts_of(cluster):
    statuses = cluster.pod_of(ORCHESTRATOR)["status"]["containerStatuses"]
    return statuses[0]["restartCount"]


def wait_until_called(cluster):
    """Until curl's connection to the orchestrator stands: the POST cannot end while a service that it
    asks is held up."""
    caller = cluster.get("pod/testapp-pod")["status"]["podIP"]
    wanted = "".join(f"{int(part):02X}" for part in reversed(caller.split(".")))
    process = cluster.process_of(ORCHESTRATOR)

    def connected():
        rows = pathlib.Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:]
        return any(row.split()[2].startswith(wanted) and row.split()[3] == "01" for row in rows)

    cluster.until("the POST is under way", connected, pause=0.05, limit=120)


# --- the API server

def address_of(cluster, service):
    return cluster.get(f"service/{service}")["spec"]["clusterIP"]


def post_from_node(cluster, address):
    """(status, body), while kubectl exec cannot work."""
    done = cluster.inside(
        "curl", "-sS", "-m", "30", "-w", "\n%{http_code}", "-X", "POST", "-H",
        "Content-Type: application/json", "-H", f"Host: {ORCHESTRATOR}", "-d", "{}",
        f"http://{address}/orchestrate/project/TEST-001", check=False)
    body, _, status = done.stdout.rpartition("\n")
    return int(status or 0), body or done.stderr


def wait_for_api(cluster):
    def ready():
        asked = ["timeout", "5", "kubectl", "get", "--raw", "/readyz", "--request-timeout=3s"]
        return cluster.run(asked, check=False).returncode == 0

    cluster.until("the API server is ready", ready)


@step("api-server-stopped", 450, only_kube_real=True)
def api_server_stopped(cluster, demo):
    """The API server stopped for 20 s: a POST says that the CronJob is unknown; the next is right"""
    demo.heal()
    address = address_of(cluster, ORCHESTRATOR)
    start = cluster.stop_part("kube-apiserver")
    began = time.monotonic()
    try:
        status, body = post_from_node(cluster, address)
        if status != 200:
            raise Failed(f"POST without the API server: {status} {body}")
        answer = json.loads(body)
        expect_equal(answer["decisions"]["cronjob_created"], False, "cronjob_created")
        print(f"  {answer['decisions']['reasoning'][-160:]}")
        time.sleep(max(0, 20 - (time.monotonic() - began)))
    finally:
        cluster.clock.at_least(240)
        start()
    wait_for_api(cluster)
    cluster.until("the orchestrator sees the API server", lambda: sees_api(cluster, address), limit=120,
                  pause=0.1)
    status, body = post_from_node(cluster, address)
    expect_equal((status, json.loads(body)), (200, EXISTING), "the POST after it")
    demo.expect_one_cronjob()


def sees_api(cluster, address):
    ready = cluster.inside("curl", "-sS", "-m", "5", f"http://{address}/health/ready", check=False)
    return '"kubernetes_api":"ok"' in ready.stdout


# --- the credentials

MOUNTED = """\
[{"op": "replace", "path": "/spec/template/spec/automountServiceAccountToken", "value": false},
 {"op": "add", "path": "/spec/template/spec/volumes/-",
  "value": {"name": "credentials", "secret": {"secretName": "orchestrator-credentials"}}},
 {"op": "add", "path": "/spec/template/spec/containers/0/volumeMounts/-",
  "value": {"name": "credentials", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}}]
"""


class Credentials:
    """The orchestrator's token and CA as files that the test replaces, as a cluster does over time."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.ca_file = cluster.folder / "tls.crt"

    def token(self, bound_to):
        """A token that counts until the Secret of that name is deleted."""
        self.cluster.kubectl("create", "secret", "generic", bound_to, "-n", NAMESPACE, quiet=True)
        return self.cluster.kubectl("create", "token", ORCHESTRATOR, "-n", NAMESPACE,
                                    "--bound-object-kind=Secret", f"--bound-object-name={bound_to}")

    def put(self, token, certificate):
        secret = {"apiVersion": "v1", "kind": "Secret",
                  "metadata": {"name": "orchestrator-credentials", "namespace": NAMESPACE},
                  "stringData": {"token": token.strip(), "ca.crt": certificate,
                                 "namespace": NAMESPACE}}
        self.cluster.kubectl("apply", "-f", "-", text=json.dumps(secret), quiet=True)

    def wait_until_mounted(self, part):
        """A changed annotation makes the kubelet look at the Pod's volumes at once."""
        pod = self.cluster.pod_of(ORCHESTRATOR)["metadata"]
        self.cluster.kubectl("annotate", "pod", pod["name"], "-n", NAMESPACE, "--overwrite",
                             f"dsm-test/at={time.monotonic_ns()}", quiet=True)
        folder = (self.cluster.folder / "kubelet" / "pods" / pod["uid"] / "volumes" /
                  "kubernetes.io~secret" / "credentials")
        self.cluster.until("the Pod has the new credentials", lambda: any(
            part.strip() in path.read_text() for path in folder.glob("*") if path.is_file()))


def wait_for_controllers(cluster, demo):
    """After an API server that was gone its controllers come back one by one, up to a minute later: a
    node is taken for lost meanwhile, and a Service may lead nowhere."""
    cluster.kubectl("wait", "--for=condition=Ready", "nodes", "--all", "--timeout=240s", quiet=True)
    demo.wait_for()


@step("token-replaced", 1200, only_kube_real=True)
def token_replaced(cluster, demo):
    """The ServiceAccount's token replaced and the old one revoked: the next POST is right"""
    wait_for_controllers(cluster, demo)
    demo.heal()
    credentials = Credentials(cluster)
    certificate = credentials.ca_file.read_text()
    try:
        credentials.put(credentials.token("bound-1"), certificate)
        cluster.kubectl("patch", f"deployment/{ORCHESTRATOR}", "-n", NAMESPACE, "--type=json", "-p",
                        MOUNTED, quiet=True)
        demo.wait_for(ORCHESTRATOR)
        demo.expect_post(EXISTING)
        second = credentials.token("bound-2")
        credentials.put(second, certificate)
        credentials.wait_until_mounted(second)
        cluster.kubectl("delete", "secret", "bound-1", "-n", NAMESPACE, quiet=True)
        # The API server believes a token that it has seen for 10 s.
        time.sleep(11)
        demo.expect_post(EXISTING)
        demo.delete_cronjob()
        demo.expect_post(MISSING)
    finally:
        cluster.clock.at_least(240)
        put_back(cluster, demo)


@step("certificate-replaced", 1500, only_kube_real=True)
def certificate_replaced(cluster, demo):
    """The API server's certificate and authority replaced, there and back: the next POST is right"""
    wait_for_controllers(cluster, demo)
    demo.heal()
    address = address_of(cluster, ORCHESTRATOR)
    credentials = Credentials(cluster)
    old = cluster.scratch / "old"
    old.mkdir(exist_ok=True)
    for name in ("tls.crt", "tls.key"):
        shutil.copy2(cluster.folder / name, old / name)
    try:
        make_certificate(cluster, cluster.scratch / "new")
        new = (cluster.scratch / "new" / "tls.crt").read_text()
        token = credentials.token("bound-3")
        credentials.put(token, credentials.ca_file.read_text())
        cluster.kubectl("patch", f"deployment/{ORCHESTRATOR}", "-n", NAMESPACE, "--type=json", "-p",
                        MOUNTED, quiet=True)
        demo.wait_for(ORCHESTRATOR)
        demo.expect_post(EXISTING)
        credentials.put(token, new)
        credentials.wait_until_mounted(new)
        serve_with(cluster, cluster.scratch / "new")
        cluster.until("the orchestrator sees the API server", lambda: sees_api(cluster, address),
                      limit=120, pause=0.1)
        status, body = post_from_node(cluster, address)
        expect_equal((status, json.loads(body)), (200, EXISTING), "the POST with the new certificate")
    finally:
        cluster.clock.at_least(240)
        serve_with(cluster, old)
        put_back(cluster, demo)
    demo.expect_well()


def make_certificate(cluster, folder):
    folder.mkdir(exist_ok=True)
    cluster.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-keyout",
                 str(folder / "tls.key"), "-out", str(folder / "tls.crt"), "-subj",
                 "/CN=another-kube-apiserver", "-addext",
                 "subjectAltName=IP:127.0.0.1,IP:10.254.0.1,IP:10.0.0.1,DNS:localhost,"
                 "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"], quiet=True)


def serve_with(cluster, folder):
    """Restarts the API server with that certificate, so that no connection of before goes on."""
    start = cluster.stop_part("kube-apiserver")
    for name in ("tls.crt", "tls.key"):
        shutil.copy2(pathlib.Path(folder) / name, cluster.folder / name)
    start()
    wait_for_api(cluster)


def put_back(cluster, demo):
    """The Deployment as deploy/demo has it. The Pod with the other credentials is gone before."""
    cluster.kubectl("delete", f"deployment/{ORCHESTRATOR}", "-n", NAMESPACE, "--cascade=foreground",
                    quiet=True)
    demo.apply()
    demo.wait_for(ORCHESTRATOR)
    cluster.kubectl("delete", "secret", "-n", NAMESPACE, "--ignore-not-found", "bound-1", "bound-2",
                    "bound-3", "orchestrator-credentials", quiet=True)


# --- the rights

VERBS = ["get", "list", "create", "delete"]


def set_verbs(cluster, verbs):
    rules = [{"apiGroups": ["batch"], "resources": ["cronjobs"], "verbs": verbs}]
    cluster.kubectl("patch", "role", ORCHESTRATOR, "-n", NAMESPACE, "--type=json", "-p",
                    json.dumps([{"op": "replace", "path": "/rules", "value": rules}]), quiet=True)


def wait_for_rights(cluster, demo, missing):
    """Until the readiness of the orchestrator names exactly these as missing."""
    wanted = [f"{verb} cronjobs.batch in namespace {NAMESPACE}" for verb in missing]

    def told():
        rights = demo.read(f"{ORCHESTRATOR}/health/ready")["kubernetes_rights"]
        return rights["missing"] == wanted and (missing or rights["state"] == "granted") and rights

    rights = cluster.until(f"the readiness names {wanted}", told)
    for verb in missing:
        expect_in(f'"{verb}"', rights["rules_to_add"], "the rule to add")


@step("rights-taken", 900)
def rights_taken(cluster, demo):
    """Each verb taken away in turn is named, stops only what needs it, and heals when given back"""
    wait_for_controllers(cluster, demo)
    demo.heal()
    before = (cluster.pod_of(ORCHESTRATOR)["metadata"]["name"], restarts_of(cluster))
    try:
        for verb in VERBS:
            set_verbs(cluster, [other for other in VERBS if other != verb])
            wait_for_rights(cluster, demo, [verb])
            if verb == "create":
                demo.delete_cronjob()
            status, body = demo.post()
            expect_equal(status, 200, f"the status of a POST without {verb}")
            if verb in ("get", "create"):
                expect_in(f"{verb} cronjobs.batch in namespace {NAMESPACE}", body,
                          "the answer of the POST")
            else:
                expect_equal(json.loads(body), EXISTING, f"the answer of the POST without {verb}")
            if verb == "delete":
                status, body = demo.curl(
                    "-X", "DELETE",
                    f"http://{ORCHESTRATOR}/orchestrate/project/TEST-001/cronjob/{CRONJOB}")
                named = f"delete cronjobs.batch in namespace {NAMESPACE}" in body
                if status in (200, 500) or not named:
                    raise Failed(f"DELETE without the right: {status} {body}")
            set_verbs(cluster, VERBS)
            wait_for_rights(cluster, demo, [])
            demo.expect_well()
            print(f"  without {verb}: named")
    finally:
        cluster.clock.at_least(240)
        set_verbs(cluster, VERBS)
    after = (cluster.pod_of(ORCHESTRATOR)["metadata"]["name"], restarts_of(cluster))
    expect_equal(after, before, "the orchestrator's Pod and its restarts")
