"""Contributors: accounts that a chain of shared keys joins are one, whatever the order of rows."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from anonymize.classes.contributors import contributors

edges = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40)


def _frame(rows: list[tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"account": pl.Int64, "key": pl.Int64}, orient="row")


def _by_brute_force(rows: list[tuple[int, int]]) -> dict[int, int]:
    """Joins accounts that share a key until nothing changes."""
    label = {account: account for account, _ in rows}
    is_changing = True
    while is_changing:
        is_changing = False
        for account, key in rows:
            for other, same in rows:
                if key == same and label[account] != label[other]:
                    label[account] = label[other] = min(label[account], label[other])
                    is_changing = True
    return label


@given(edges)
def test_components_are_those_of_a_brute_force(rows):
    assert dict(contributors(_frame(rows)).rows()) == _by_brute_force(rows)


@given(edges)
def test_accounts_that_share_a_key_share_a_contributor(rows):
    found = dict(contributors(_frame(rows)).rows())
    for account, key in rows:
        assert all(found[other] == found[account] for other, same in rows if same == key)


@given(edges, st.randoms(use_true_random=False))
def test_the_result_depends_neither_on_the_order_of_rows_nor_on_repeats(rows, random):
    shuffled = rows * 2
    random.shuffle(shuffled)
    assert contributors(_frame(shuffled)).equals(contributors(_frame(rows)))


@given(edges)
def test_a_contributor_is_named_by_its_smallest_account_and_accounts_are_sorted(rows):
    found = contributors(_frame(rows))
    assert found["account"].to_list() == sorted({account for account, _ in rows})
    smallest = found.group_by("contributor").agg(pl.col("account").min())
    assert smallest["contributor"].equals(smallest["account"], check_names=False)


def test_a_chain_of_keys_joins_accounts_that_share_none_themselves():
    chain = _frame([(0, 0), (1, 0), (1, 1), (2, 1), (3, 2)])
    assert contributors(chain).rows() == [(0, 0), (1, 0), (2, 0), (3, 3)]
