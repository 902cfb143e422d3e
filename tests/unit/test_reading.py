"""Reading a release: a good query works; nothing is written, attached, or read from elsewhere."""

import duckdb
import polars as pl
import pytest

from schemas.errors import ConfigurationError
from warehouse.reading import columns, query, tables


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    path = tmp_path_factory.mktemp("release") / "demand.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table demand as select * from (values ('KE', 3), ('AE', 4)) as t (place, n)")
        connection.execute("comment on table demand is 'One row per place'; comment on column demand.n is 'Events.'")
        connection.execute("create macro most() as table select max(n) as most from demand")
        connection.execute("comment on macro table most is 'most(): the most.'")
    return path


def test_a_query_gives_its_rows(release):
    assert query(release, "select place, n from demand order by n").rows() == [("KE", 3), ("AE", 4)]
    assert query(release, "select n from demand where n > 99").rows() == []


def test_tables_and_columns_tell_their_meaning(release):
    assert tables(release).rows() == [("demand", 2, "One row per place")]
    assert ("n", "INTEGER", "Events.") in columns(release, "demand").rows()
    with pytest.raises(ConfigurationError, match=r"try one of demand; or of the macros most$"):
        columns(release, "pool")


def test_a_macro_is_described_by_what_it_takes_and_answers(release):
    assert columns(release, "most()").rows() == columns(release, "MOST").rows() == [("most", "most(): the most.")]


@pytest.mark.parametrize(
    "sql",
    [
        "insert into demand values ('TZ', 5)",
        "update demand set n = 0",
        "delete from demand",
        "drop table demand",
        "select * from demand; drop table demand",
        "create table other (n integer)",
        "attach ':memory:' as other",
        "attach '{other}' as other",
        "copy demand to '{folder}/out.csv'",
        "copy (select 1) to '{folder}/out.parquet'",
        "export database '{folder}/out'",
        "select * from read_csv('{csv}')",
        "from '{csv}'",
        "select * from read_text('{csv}')",
        "select * from read_blob('{csv}')",
        "select * from glob('{folder}/*')",
        "select * from read_parquet('https://example.org/x.parquet')",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "set memory_limit = '1GB'",
        "selec",
        "",
        "select * from nowhere",
    ],
)
def test_everything_else_is_refused_with_an_explanation_and_leaves_nothing(release, tmp_path, sql):
    csv, other = tmp_path / "secret.csv", tmp_path / "other.duckdb"
    csv.write_text("name\nAmina\n")
    duckdb.connect(str(other)).close()
    before, files = release.read_bytes(), sorted(tmp_path.iterdir())
    with pytest.raises(ConfigurationError, match="query refused: ") as refused:
        query(release, sql.format(csv=csv, other=other, folder=tmp_path))
    assert "Amina" not in str(refused.value)
    assert release.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == files


def test_frames_of_the_process_that_asks_are_no_tables(release):
    private = pl.DataFrame({"name": ["Amina"]})
    with pytest.raises(ConfigurationError, match="does not exist"):
        query(release, "select * from private")
    assert private.height == 1


def test_many_may_read_at_once(release):
    with duckdb.connect(str(release), read_only=True, config={"enable_external_access": False}):
        pass
    assert query(release, "select count(*) from demand").item() == query(release, "select 2").item()


def test_columns_of_one_name_are_told_apart(release):
    assert query(release, "select n, n from demand where n = 3").columns == ["n", "n_2"]


def test_wide_sums_are_whole_numbers(release):
    assert query(release, "select sum(n) as n from demand").rows() == [(7,)]
    assert isinstance(query(release, "select sum(n::hugeint) as n from demand").item(), int)


@pytest.mark.parametrize("sql", ["select 1; select 2", "create temp table x as select 1", "begin", "-- note"])
def test_anything_but_one_select_is_refused(release, sql):
    with pytest.raises(ConfigurationError, match="give one SELECT"):
        query(release, sql)


@pytest.mark.parametrize("sql", ["select interval 1 day as i", "select union_value(a := 1) as u"])
def test_a_type_that_cannot_be_shown_is_said_to_be_cast(release, sql):
    with pytest.raises(ConfigurationError, match="cast it to text"):
        query(release, sql)


def test_a_damaged_file_is_one_clear_error(tmp_path):
    (tmp_path / "demand.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        query(tmp_path / "demand.duckdb", "select 1")
