"""A PostgreSQL and a Redis that are not part of the cluster: on the node's own address, with
passwords, as `deploy/production` expects them from outside. With kube-real's node only."""

import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess

from cluster import Failed

ADDRESS = "10.254.0.1"  # of kube-real's node, for everyone in its network
POSTGRES_PORT = 5432  # the ports that deploy/production/network.yaml lets through
REDIS_PORT = 6379
DATABASE = "dsm"
USER = "dsm"


class Stores:
    def __init__(self, cluster):
        self.cluster = cluster
        self.folder = cluster.scratch / "stores"
        self.postgres_password = os.urandom(12).hex()
        self.redis_password = os.urandom(12).hex()
        self.processes = {}
        self.bin = newest_postgresql()

    def start(self):
        """Both, and the database with a user who may do no more than docs/kubernetes.md says."""
        self.cluster.at_end.append(self.stop)
        account = pwd.getpwnam("postgres")
        for name in ("postgres", "redis"):
            (self.folder / name).mkdir(parents=True)
        os.chown(self.folder / "postgres", account.pw_uid, account.pw_gid)
        data = self.folder / "postgres" / "data"
        self.cluster.run([*as_postgres(), str(self.bin / "initdb"), "-D", str(data), "-U", "postgres",
                          "--auth=trust", "--no-sync", "--locale=C.UTF-8"], quiet=True)
        (data / "pg_hba.conf").write_text("local all postgres trust\n"
                                          "host all all 0.0.0.0/0 scram-sha-256\n")
        self.start_postgres()
        self.make_database()
        self.start_redis()

    def start_postgres(self):
        folder = self.folder / "postgres"
        self.launch("postgres", [
            *as_postgres(), str(self.bin / "postgres"), "-D", str(folder / "data"), "-h", ADDRESS,
            "-p", str(POSTGRES_PORT), "-k", str(folder), "-c", "fsync=off"])
        self.cluster.until("PostgreSQL answers", lambda: self.answers(
            "postgres", [str(self.bin / "pg_isready"), "-q", "-h", str(folder), "-p",
                         str(POSTGRES_PORT)]), limit=120, pause=0.2)

    def start_redis(self):
        self.launch("redis", ["redis-server", "--bind", ADDRESS, "--port", str(REDIS_PORT), "--dir",
                              str(self.folder / "redis"), "--requirepass", self.redis_password,
                              "--appendonly", "yes", "--save", ""])
        self.cluster.until("Redis answers", lambda: self.answers(
            "redis", self.redis_command("PING")), limit=120, pause=0.2)

    def launch(self, name, command):
        with open(self.folder / f"{name}.log", "a", encoding="utf-8") as log:
            self.processes[name] = subprocess.Popen(
                ["nsenter", f"--net={self.cluster.network()}", *command], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=self.folder, start_new_session=True)

    def answers(self, name, command):
        process = self.processes[name]
        if process.poll() is not None:
            log = (self.folder / f"{name}.log").read_text()
            raise Failed(f"{name} ended with {process.returncode}:\n{log[-2000:]}")
        return self.cluster.run(command, check=False).returncode == 0

    def stop_postgres(self):
        """At once: connections are closed, and what was committed stays."""
        self.end("postgres", signal.SIGINT)

    def stop_redis(self):
        self.end("redis", signal.SIGTERM)

    def freeze_postgres(self):
        self.signal_postgres(signal.SIGSTOP)

    def thaw_postgres(self):
        self.signal_postgres(signal.SIGCONT)

    def signal_postgres(self, number):
        """To the server and the process of every session."""
        server = self.processes["postgres"].pid
        os.kill(server, number)
        for child in pathlib.Path(f"/proc/{server}/task/{server}/children").read_text().split():
            os.kill(int(child), number)

    def end(self, name, number):
        process = self.processes.pop(name, None)
        if process and process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(60)

    def stop(self):
        self.stop_redis()
        self.stop_postgres()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- what is in them

    def psql(self, statement, database="postgres"):
        """The rows of a statement, each a line, as the administrator."""
        return self.cluster.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h",
             str(self.folder / "postgres"), "-p", str(POSTGRES_PORT), "-U", "postgres", "-d", database,
             "-c", statement]).splitlines()

    def sessions(self):
        """How many the services have open."""
        return int(self.psql(f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{USER}'")[0])

    def make_database(self):
        self.psql(f"CREATE ROLE {USER} LOGIN PASSWORD '{self.postgres_password}'")
        self.empty_database()

    def empty_database(self):
        self.psql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        self.psql(f"CREATE DATABASE {DATABASE}")
        self.psql(f"GRANT CREATE ON DATABASE {DATABASE} TO {USER}")

    def redis_command(self, *command):
        return [self.cluster.kube_real, "in", str(self.cluster.folder), "redis-cli", "-h", ADDRESS, "-p",
                str(REDIS_PORT), "--no-auth-warning", "-a", self.redis_password, "-e", *command]

    def stream(self, name):
        """The documents of a stream's entries, oldest first."""
        entries = json.loads(self.cluster.run(
            self.redis_command("--json", "XRANGE", name, "-", "+")))
        return [json.loads(dict(zip(fields[::2], fields[1::2]))["data"]) for _, fields in entries]

    def secrets(self):
        """The two Secrets, as `kubectl create secret generic` takes them."""
        return {"dsm-postgres": {"host": ADDRESS, "port": str(POSTGRES_PORT), "database": DATABASE,
                                 "user": USER, "password": self.postgres_password},
                "dsm-redis": {"host": ADDRESS, "port": str(REDIS_PORT),
                              "password": self.redis_password}}


def newest_postgresql():
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"),
                   key=lambda path: int(path.parts[-3]))
    if not found or not shutil.which("redis-server"):
        raise Failed("PostgreSQL or Redis is not installed: run scripts/install-packages test")
    return found[-1].parent


def as_postgres():
    """The server refuses to run as root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
