"""The service table: what must agree in it, and with the settings."""

from __future__ import annotations

import pkgutil
import re
from collections import Counter
from graphlib import TopologicalSorter

import pytest

from lakestand.stand import checkout, services
from lakestand.stand.service import Service
from lakestand.stand.services import MODULES, declare
from tests.unit import plain

PLAIN = plain.settings()
TABLE = declare(PLAIN)
every = pytest.mark.parametrize("service", TABLE.values(), ids=list(TABLE))


def test_every_module_of_the_package_is_in_the_table() -> None:
    files = {name for _finder, name, _package in pkgutil.iter_modules(services.__path__)}

    assert files - {module.__name__.rpartition(".")[2] for module in MODULES} == {"fencing", "jvm"}


def test_the_table_holds_the_services_of_the_specification() -> None:
    assert sorted(TABLE) == [
        *("alertmanager", "connect", "exporter", "iceberg-rest", "inbox", "kafka", "mariadb", "minio", "mysql"),
        *("postgres", "prometheus", "schema-registry", "spark", "spark-worker", "spark-worker-2"),
    ]


@every
def test_a_name_is_that_of_its_key_and_fits_a_container(service: Service) -> None:
    assert TABLE[service.name] is service
    assert re.fullmatch(r"[a-z][a-z0-9-]*", service.name)


@every
def test_what_a_service_needs_exists(service: Service) -> None:
    assert [need for need in service.needs if need not in TABLE] == []


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("connect", {"kafka"}),  # keeps its connectors and offsets there
        ("iceberg-rest", {"minio"}),  # keeps all metadata there
        ("alertmanager", {"inbox"}),  # delivers all alerts there
        ("prometheus", {"alertmanager", "inbox", "exporter"}),
        *(("spark-worker", {"spark"}), ("spark-worker-2", {"spark"})),
    ],
)
def test_a_service_that_can_do_nothing_without_others_starts_them(name: str, needs: set[str]) -> None:
    stack = checkout.stack(PLAIN)

    assert {service.name for service in stack.closure([name])} == {name} | needs


def test_all_others_can_do_their_job_alone() -> None:
    alone = {service.name for service in TABLE.values() if not service.needs}

    assert alone == {
        *("postgres", "mysql", "mariadb", "kafka", "schema-registry", "minio", "inbox", "exporter", "spark"),
    }


def test_needs_have_no_cycle() -> None:
    order = list(TopologicalSorter({s.name: s.needs for s in TABLE.values()}).static_order())

    assert sorted(order) == sorted(TABLE)


@every
def test_what_starts_by_itself_needs_nothing_optional(service: Service) -> None:
    assert service.optional or not [need for need in service.needs if TABLE[need].optional]


def test_no_two_services_share_a_port() -> None:
    counted = Counter(port for service in TABLE.values() for port in service.ports)

    assert [port for port, times in counted.items() if times > 1] == []


def test_every_port_is_a_setting_and_every_such_setting_a_port() -> None:
    assert sorted(port for s in TABLE.values() for port in s.ports) == sorted(PLAIN.ports().values())


@pytest.mark.parametrize("offset", [10_000, 20_000, 30_000, 40_000])
def test_a_stand_ten_thousand_ports_away_has_none_of_the_firsts(offset: int) -> None:
    first, second = (
        {port for service in table.values() for port in service.ports}
        for table in (TABLE, declare(plain.settings(port_offset=offset)))
    )

    assert first & second == set()


@pytest.mark.parametrize("offset", [10_000, 40_000])
def test_all_ports_follow_the_offset_and_stay_ports(offset: int) -> None:
    moved = declare(plain.settings(port_offset=offset))

    for name, service in moved.items():
        assert [port - offset for port in service.ports] == list(TABLE[name].ports)
        assert max(service.ports) < 65_536


@pytest.mark.parametrize(
    ("name", "port"),
    [
        *(("postgres", 5432), ("mysql", 3306), ("kafka", 9092), ("connect", 8083), ("schema-registry", 8081)),
        *(("minio", 9000), ("iceberg-rest", 8181), ("spark", 7077), ("prometheus", 9090)),
        *(("alertmanager", 9093), ("inbox", 8025)),
    ],
)
def test_the_first_port_is_that_of_the_specification(name: str, port: int) -> None:
    assert TABLE[name].ports[0] == port


def test_memory_limits_add_up_to_less_than_8_gb() -> None:
    assert sum(service.memory_mb for service in TABLE.values()) < 8 * 1024


@every
def test_a_service_has_a_memory_limit(service: Service) -> None:
    assert service.memory_mb >= 64


@pytest.mark.parametrize(
    ("name", "heap"),
    [
        *(("kafka", PLAIN.kafka_heap_mb), ("connect", PLAIN.connect_heap_mb)),
        *(("schema-registry", PLAIN.schema_registry_heap_mb), ("iceberg-rest", PLAIN.iceberg_rest_heap_mb)),
        ("spark-worker", PLAIN.spark_worker_heap_mb),
    ],
)
def test_a_heap_leaves_room_below_the_memory_limit(name: str, heap: int) -> None:
    assert TABLE[name].memory_mb >= heap * 1.5


def test_mariadb_metrics_and_the_spark_cluster_alone_are_optional() -> None:
    optional = [s.name for s in TABLE.values() if s.optional]

    assert optional == ["mariadb", "exporter", "prometheus", "spark", "spark-worker", "spark-worker-2"]


def test_titles_differ() -> None:
    assert len({s.title for s in TABLE.values()}) == len(TABLE)
