"""A real Spark cluster on this machine: one master, two workers of one core and 1 GB each, on the loopback address.

Its configuration, with a secret of this run, stands in a folder of mode 0700 that goes with it; so do logs and what
workers write. Needs the extra and Java 17 (docs/scale.md). Used by `benchmarks.spark`; or by hand, until Ctrl-C:

    .venv/bin/python -m benchmarks.spark_cluster
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyspark

HOST = "127.0.0.1"
N_WORKERS = 2
_START_S = 90.0
_DEFAULTS = {
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
    "spark.driver.host": HOST,
    "spark.driver.bindAddress": HOST,
    "spark.driver.memory": "640m",
    "spark.executor.memory": "640m",
    "spark.executor.cores": "1",
    "spark.sql.shuffle.partitions": "4",
}
_QUIET = "rootLogger.level = off\n"


@dataclass
class Cluster:
    """A running cluster."""

    master: str
    folder: Path
    workers: list[subprocess.Popen[bytes]]

    @property
    def n_alive(self) -> int:
        """Workers that live."""
        return sum(worker.poll() is None for worker in self.workers)

    def start_worker(self) -> None:
        """Starts a worker, that joins by itself."""
        work = str(self.folder / f"worker-{len(self.workers)}")
        arguments = ("--cores", "1", "--memory", "1g", "--work-dir", work, self.master)
        self.workers.append(_started(self.folder, "worker.Worker", *arguments))

    def kill_worker(self) -> int:
        """Kills the first worker that lives, with its executor, by SIGKILL; returns its process id."""
        worker = next(each for each in self.workers if each.poll() is None)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        return worker.pid


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Starts a cluster and ends it; in between `$SPARK_CONF_DIR` names its configuration."""
    before = os.environ.get("SPARK_CONF_DIR")
    with tempfile.TemporaryDirectory(prefix="mandi-spark-") as name:
        folder = Path(name)
        conf = folder / "conf"
        conf.mkdir()
        settings = _DEFAULTS | {"spark.authenticate.secret": secrets.token_hex(32)}
        (conf / "spark-defaults.conf").write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
        (conf / "log4j2.properties").write_text(_QUIET)
        os.environ["SPARK_CONF_DIR"] = str(conf)
        port = _free_port()
        master = _started(folder, "master.Master", "--port", str(port))
        running = Cluster(f"spark://{HOST}:{port}", folder, [])
        try:
            _wait_for(port)
            for _ in range(N_WORKERS):
                running.start_worker()
            yield running
        finally:
            for process in (master, *running.workers):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            del os.environ["SPARK_CONF_DIR"]
            if before is not None:
                os.environ["SPARK_CONF_DIR"] = before


def _started(folder: Path, daemon: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A daemon of the cluster, leader of a group that its executors belong to."""
    home = Path(pyspark.__file__).parent
    environment = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_DAEMON_MEMORY": "192m",
        "SPARK_LOCAL_IP": HOST,
        "SPARK_LOCAL_DIRS": str(folder),
    }
    return subprocess.Popen(
        [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{daemon}", "--host", HOST, "--webui-port", "0",
         *arguments],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as some:
        some.bind((HOST, 0))
        return int(some.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.2)
    raise SystemExit("the master did not start; is Java 17 installed?")


def main() -> int:
    """Runs a cluster until it is interrupted."""
    with cluster() as running:
        print(f"MANDI_SPARK_MASTER={running.master} SPARK_CONF_DIR={running.folder / 'conf'}", flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
