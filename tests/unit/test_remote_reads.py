"""A filtered read of an extract over HTTP fetches a small part of the file, by readers that know nothing of us."""

import pytest

from benchmarks.remote_reads import READERS, demand_like, fetched, served
from schemas.published import DemandRow
from warehouse.parquet_files import write_parquet


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("remote")
    frame = demand_like(400_000)
    write_parquet(frame, DemandRow, folder / "demand.parquet", {})
    counts = frame["product_code"].value_counts().sort("count", "product_code")
    with served(folder) as counted:
        yield counted, counts.row(counts.height // 2), (folder / "demand.parquet").stat().st_size


@pytest.mark.parametrize("reader", READERS)
def test_the_rows_of_one_product_cost_less_than_a_tenth_of_the_file(counted, reader):
    server, (product, n), size = counted
    rows, n_bytes, _ = fetched(server, "demand.parquet", product, READERS[reader])
    assert rows == n
    assert n_bytes < size / 10


def test_the_whole_file_is_counted_as_the_whole_file(counted):
    server, _, size = counted
    _, n_bytes, _ = fetched(server, "demand.parquet", "9999", lambda address, name, _: _whole(address, name))
    assert n_bytes == size


def _whole(address: str, name: str) -> int:
    import urllib.request

    with urllib.request.urlopen(f"{address}/{name}") as answer:
        return len(answer.read())
