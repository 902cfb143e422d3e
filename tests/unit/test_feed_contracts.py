from pathlib import Path

import pytest
import yaml

from feeds.contracts import compile_contract, load_contract, load_contracts
from feeds.expressions import compile_expression
from schemas.errors import ConfigurationError
from tests.support.feeds import CONFIG, SHIRTS, shirts


def written(folder: Path, **changes: object) -> Path:
    path = folder / "shirts.yaml"
    path.write_text(yaml.safe_dump({**SHIRTS, **changes}), encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_contract(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("shirts.yaml")
    assert caught.value.__cause__ is None
    return message


def test_every_committed_contract_loads_and_stands_in_order() -> None:
    contracts = load_contracts(CONFIG / "feeds")

    assert list(contracts) == sorted(contracts)
    assert {"rfqs_uae", "rfqs_toys_world", "rfqs_described", "online_retail", "demo_orders"} <= set(contracts)


def test_a_contract_knows_the_columns_its_expressions_read_and_no_others() -> None:
    compiled = compile_contract(shirts())

    assert compiled.columns == (
        "account", "amount", "buyer", "code", "country", "currency", "day", "item", "kind", "no", "price", "unit",
        "verified",
    )  # fmt: skip


@pytest.mark.parametrize(
    "sql",
    [
        "(select 1)",
        "a in (select b from t)",
        "exists (select 1)",
        "read_csv('/etc/hosts')",
        "(select * from read_parquet('x'))",
        "columns('a')",
        "count(*)",
        "sum(a)",
        "first(a)",
        "max(a) over (partition by b)",
        "row_number() over ()",
        "unnest(a)",
        "random()",
        "*",
        "a; b",
        "a -- b",
        "a /* b */",
        "E'\\'' || a",
        "$$a$$",
        "a[1]",
        "strptime(a, '%Y')",
        "",
    ],
)
def test_an_expression_that_is_no_function_of_its_own_row_is_refused(sql: str) -> None:
    with pytest.raises(ConfigurationError):
        compile_expression(sql)


@pytest.mark.parametrize("sql", ["cast(a as double)", "a::double", "CAST (a AS INT)"])
def test_a_cast_that_would_stop_at_a_bad_value_is_refused_with_its_remedy(sql: str) -> None:
    with pytest.raises(ConfigurationError, match="try_cast"):
        compile_expression(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "a",
        '"Inquiry No"',
        "'select from where'",
        "'it''s'",
        "coalesce(a, 'x')",
        "case when upper(a) like 'C%' then 'cancellation' else 'order' end",
        "a is not distinct from b",
        "a in ('x', 'y') and not (b is null)",
        "10 - try_cast(a as bigint)",
        "concat_ws(' ', a, b)",
        "split_part(a, '\n', 1)",
        "false",
    ],
)
def test_what_feeds_need_may_be_said(sql: str) -> None:
    compile_expression(sql)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "select kind from x"}, "kind: 'select' is not allowed"),
        ({"key": ["no", "max(no)"]}, "key.1: function 'max'"),
        ({"fields": {"account": "account"}}, "fields: "),
        ({"fields": {"occurred_at": "day", "surname": "buyer"}}, "fields.surname"),
        ({"fields": {"occurred_at": {"sql": "day", "helper": "guess"}}}, "fields.occurred_at: no helper 'guess'"),
        ({"fields": {"occurred_at": {"sql": "day", "helper": "timestamp"}}}, "needs the option 'format'"),
        (
            {"fields": {"occurred_at": {"sql": "day", "helper": "timestamp", "options": {"format": "%H:%M"}}}},
            "gives the day",
        ),
        (
            {"fields": {"occurred_at": {"sql": "d", "helper": "timestamp", "options": {"format": "iso", "zone": "X"}}}},
            "time zone",
        ),
        ({"fields": {"occurred_at": "day", "quantity": "amount + 1"}}, "fields.quantity: cannot be applied to text"),
        ({"verified": "verified"}, "verified: must give true or false"),
        ({"kind": "1"}, "kind: must give text"),
        ({"format": "xlsx"}, "format"),
        ({"colour": "red"}, "colour"),
        ({"feed": "coats"}, "named after its feed"),
    ],
)
def test_a_wrong_contract_is_told_in_one_line_with_its_field(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    assert words in refusal(written(tmp_path, **changes))


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text() + "\nkind: \"'rfq'\"\n")

    assert "twice" in refusal(path)


def test_a_file_that_is_no_yaml_or_no_mapping_is_refused(tmp_path: Path) -> None:
    for text in ("a: [", "- 1", ""):
        (tmp_path / "shirts.yaml").write_text(text)
        refusal(tmp_path / "shirts.yaml")


def test_a_folder_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no folder"):
        load_contracts(tmp_path / "none")


def test_cancels_gives_as_many_parts_as_the_key_or_none(tmp_path: Path) -> None:
    assert load_contract(written(tmp_path, key=["no", "kind"], cancels=["code", "'order'"])).cancels
    assert "as many parts as key" in refusal(written(tmp_path, key=["no", "kind"], cancels=["code"]))
    assert "cancels.0" in refusal(written(tmp_path, cancels=["count(*)"]))
