"""The cluster under test: kubectl, the images on its nodes, and, where kube-real made it, its parts.

Every call has a deadline: that of the step which is running (Clock.left)."""

import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMESPACE = "dsm"
VOLUMES = 6


class Failed(Exception):
    """What a step found wrong, for people."""


class Clock:
    """The deadline of the step that is running."""

    def __init__(self):
        self.ends = time.monotonic() + 300

    def start(self, seconds):
        self.ends = time.monotonic() + seconds

    def at_least(self, seconds):
        """For putting things back, also when the step's own time is over."""
        self.ends = max(self.ends, time.monotonic() + seconds)

    def left(self):
        left = self.ends - time.monotonic()
        if left <= 0:
            raise Failed("the step's deadline passed")
        return left


class Cluster:
    """Made by kube-real in a folder of its own, taken over from one (`folder`), or any other."""

    def __init__(self, clock):
        self.clock = clock
        self.kube_real = find_kube_real()
        self.folder = None  # of kube-real
        self.ours = False
        self.images = None  # a folder of archives; None: they are built
        self.part_commands = {}  # of kube-real's processes that were stopped
        self.at_end = []  # what stops that which steps have started
        self.kubeconfig = os.environ.get("DSM_TEST_KUBECONFIG", "")
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="dsm-cluster-"))
        os.chmod(self.scratch, 0o755)  # the node's Pods reach the volumes below it

    def open(self):
        given = os.environ.get("DSM_TEST_KUBE_REAL_DIR", "")
        if given:
            self.folder = pathlib.Path(given).resolve()
        elif not self.kubeconfig:
            if not self.kube_real:
                raise Failed("there is no cluster: set DSM_TEST_KUBECONFIG (and DSM_TEST_LOAD_IMAGES), "
                             "or KUBE_REAL to the program that makes one")
            self.folder = self.scratch / "kube-real"
            self.ours = True
            self.make_node()
        if self.folder:
            self.kubeconfig = str(self.folder / "admin.kubeconfig")
        version = self.kubectl("version", "-o", "json")
        return json.loads(version)["serverVersion"]["gitVersion"]

    def make_node(self):
        """kube-real chooses its ports before it takes them, and may lose one to somebody else."""
        for tries_left in (2, 1, 0):
            try:
                self.run([self.kube_real, "up", str(self.folder), "--node"], quiet=True)
                return
            except Failed:
                if not tries_left:
                    raise
                subprocess.run([self.kube_real, "down", str(self.folder)], timeout=240, check=False,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop_started(self):
        for stop in self.at_end:
            stop()
        self.at_end.clear()

    def close(self):
        self.stop_started()
        if self.ours:
            subprocess.run([self.kube_real, "down", str(self.folder)], timeout=240, check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.scratch, ignore_errors=True)

    # --- commands

    def run(self, command, quiet=False, text=None, check=True, limit=None):
        """stdout of a command; Failed with what it said when it ends with another code than 0."""
        shown = command if isinstance(command, str) else shlex.join(command)
        environment = dict(os.environ, KUBECONFIG=self.kubeconfig)
        try:
            done = subprocess.run(command, shell=isinstance(command, str), cwd=ROOT, text=True,
                                  input="" if text is None else text, env=environment,
                                  capture_output=True,
                                  timeout=min(self.clock.left(), limit or 3600), check=False)
        except subprocess.TimeoutExpired:
            raise Failed(f"did not end in time: {shown}") from None
        if check and done.returncode != 0:
            raise Failed(f"{shown}\nended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
        if not check:
            return done
        return "" if quiet else done.stdout

    def kubectl(self, *arguments, **options):
        return self.run(["kubectl", *arguments], **options)

    def get(self, *arguments):
        return json.loads(self.kubectl("get", "-n", NAMESPACE, *arguments, "-o", "json"))

    def start(self, command):
        return subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=dict(os.environ, KUBECONFIG=self.kubeconfig))

    def popen(self, command, out):
        """A process that reads until its input is closed, and writes to a file."""
        return subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=out)

    def until(self, what, condition, limit=None, pause=0.5):
        """The first true answer of `condition`, asked again until then."""
        ends = time.monotonic() + (limit or self.clock.left())
        while True:
            answer = condition()
            if answer:
                return answer
            if time.monotonic() > ends or self.clock.left() < pause:
                raise Failed(f"in vain: {what}")
            time.sleep(pause)

    # --- images and volumes

    def load(self, archives):
        command = os.environ.get("DSM_TEST_LOAD_IMAGES", "")
        if self.folder:
            self.run([self.kube_real, "load", str(self.folder), *archives], quiet=True)
        elif command:
            self.run(command + " " + shlex.join(archives), quiet=True)
        else:
            print("  no DSM_TEST_LOAD_IMAGES: the nodes must have the images already")

    def make_volumes(self):
        """PersistentVolumes where nothing provisions them: kube-real has no storage class."""
        if not self.folder:
            return
        objects = []
        for number in range(VOLUMES):
            path = self.scratch / "volumes" / str(number)
            path.mkdir(parents=True)
            os.chown(path, 65532, 65532)
            objects.append({"apiVersion": "v1", "kind": "PersistentVolume",
                            "metadata": {"name": f"dsm-test-{number}"},
                            "spec": {"capacity": {"storage": "1Gi"},
                                     "accessModes": ["ReadWriteOnce"],
                                     "persistentVolumeReclaimPolicy": "Retain",
                                     "hostPath": {"path": str(path)}}})
        self.kubectl("apply", "-f", "-", quiet=True,
                     text=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def remove_volumes(self):
        if self.folder:
            self.kubectl("delete", "pv", "--ignore-not-found", "--wait=false", quiet=True,
                         *[f"dsm-test-{number}" for number in range(VOLUMES)])

    # --- parts of the node, with kube-real only

    def network(self):
        """The node's network namespace, for nsenter."""
        return "/run/netns/" + (self.folder / "netns").read_text().strip()

    def inside(self, *command, check=True):
        return self.run([self.kube_real, "in", str(self.folder), *command], check=check)

    def containers(self, *arguments):
        name = (self.folder / "netns").read_text().strip()
        return self.run(["ctr", "-a", f"/run/{name}/ctd.sock", "-n", "k8s.io", *arguments])

    def container_of(self, application):
        """The id of the running container of a Deployment's only Pod."""
        status = self.pod_of(application)["status"]["containerStatuses"][0]
        return status["containerID"].removeprefix("containerd://")

    def process_of(self, application):
        """The node's pid of that container."""
        container = self.container_of(application)
        rows = [row.split() for row in self.containers("tasks", "ls").splitlines()]
        return next(row[1] for row in rows if row[0] == container)

    def pod_of(self, application):
        pods = self.get("pods", "-l", f"app.kubernetes.io/name={application}")["items"]
        alive = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]
                 and pod["status"]["phase"] == "Running"]
        if not alive:
            raise Failed(f"no Pod of {application} runs")
        return alive[0]

    def stop_part(self, name):
        """Kills one of kube-real's processes (asked kindly, the API server goes on for the minute that
        watches may take); the answer starts it again as it was."""
        pid_file = self.folder / f"{name}.pid"
        pid = int(pid_file.read_text())
        command = command_of(pid)
        if command:
            self.part_commands[name] = command
            os.kill(pid, signal.SIGKILL)
        elif name not in self.part_commands:
            raise Failed(f"{name} does not run")
        self.until(f"{name} ends", lambda: not command_of(pid), pause=0.1)
        network = self.network()

        def start():
            # A client that tries again and again may hold the port for a moment: connected to itself.
            while True:
                with open(self.folder / f"{name}.log", "a", encoding="utf-8") as log:
                    part = subprocess.Popen(
                        ["nsenter", f"--net={network}", *self.part_commands[name]], stdout=log,
                        stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
                pid_file.write_text(f"{part.pid}\n")
                try:
                    code = part.wait(min(3, self.clock.left()))
                except subprocess.TimeoutExpired:
                    return
                print(f"  {name} ended with {code} at once, and is started again")

        return start


def command_of(pid):
    """Of a process; empty for one that is gone, or only waits for its parent to take notice."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
    except OSError:
        return []


def find_kube_real():
    given = os.environ.get("KUBE_REAL", "")
    for candidate in [given, shutil.which("kube-real") or ""]:
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    return None


def all_kubectls():
    """Every kubectl on PATH, and those versions that lie beside it (kubectl.1.31)."""
    found = {}
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        first = pathlib.Path(folder) / "kubectl"
        if not os.access(first, os.X_OK):
            continue
        real = first.resolve()
        found[str(real)] = None
        for other in sorted(real.parent.glob("kubectl.1.*")):
            if os.access(other, os.X_OK):
                found[str(other)] = None
    return list(found)
