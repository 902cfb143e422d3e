from pathlib import Path

import polars as pl
import pytest
import yaml

from feeds.countries import load_countries
from feeds.places import CONFIG, iso_countries, load_place_rows
from schemas.errors import ConfigurationError
from schemas.policy import PLACE_LEVELS

ROWS = load_place_rows()


def test_the_tree_has_one_world_five_regions_and_22_subregions() -> None:
    counts = {level: sum(row[0] == level for row in ROWS) for level in PLACE_LEVELS}

    assert counts == {"world": 1, "region": 5, "subregion": 22, "country": 250}
    assert {row[1] for row in ROWS if row[0] == "region"} == {"002", "009", "019", "142", "150"}


def test_every_node_but_the_world_stands_under_the_level_above() -> None:
    level_of = {code: level for level, code, _, _ in ROWS}

    assert len(level_of) == len(ROWS)
    for level, _, parent, title in ROWS:
        assert title
        if level == "world":
            assert parent is None
        else:
            assert parent is not None
            assert level_of[parent] == PLACE_LEVELS[PLACE_LEVELS.index(level) - 1]


def test_rows_go_from_root_to_leaves_and_by_code() -> None:
    assert list(ROWS) == sorted(ROWS, key=lambda row: (PLACE_LEVELS.index(row[0]), row[1]))


@pytest.mark.parametrize(
    ("country", "subregion"),
    [("IN", "034"), ("AE", "145"), ("GB", "154"), ("US", "021"), ("KE", "014"), ("BR", "005"), ("NZ", "053"),
     ("TW", "030"), ("AQ", "053"), ("XK", "039"), ("GR", "039"), ("NA", "018")],
)  # fmt: skip
def test_countries_stand_where_the_un_or_we_say(country: str, subregion: str) -> None:
    assert next(row[2] for row in ROWS if row[1] == country) == subregion


def test_every_country_a_name_can_lead_to_is_in_the_tree() -> None:
    countries = load_countries()

    assert {row[1] for row in ROWS if row[0] == "country"} == set(countries.codes)
    assert set(countries.aliases.values()) <= countries.codes


def test_what_analysts_may_call_a_country_is_what_feeds_may() -> None:
    """The macro's list is typed out; it holds every code of three letters, and says of no name what feeds do not."""
    from warehouse.catalogue import NAMES
    from warehouse.duck import connected
    from warehouse.statements import statement

    with connected(None) as duck:
        duck.run(statement(f"macros/{NAMES}"))
        listed = duck.frame(f"from {NAMES}()").rows()
    names, codes = pl.Series([name for name, _ in listed]), [code for _, code in listed]
    written = names.str.to_uppercase().zip_with(names.str.len_chars() == 3, names)
    titles = {title.lower() for *_, title in ROWS}

    assert load_countries().by_name(written).to_list() == codes
    assert names.is_unique().all() and not titles & set(names)
    assert {c.alpha3.lower() for c in iso_countries() if len(c.alpha3) == 3} <= set(names)


def test_places_that_leave_a_country_out_are_refused(tmp_path: Path) -> None:
    tree = yaml.safe_load((CONFIG / "places.yaml").read_text())
    del tree["placed_here"]["AQ"]
    (tmp_path / "places.yaml").write_text(yaml.safe_dump(tree))

    with pytest.raises(ConfigurationError, match="AQ has no sub-region"):
        load_place_rows(tmp_path)


def test_a_missing_or_malformed_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"places\.yaml"):
        load_place_rows(tmp_path / "none")
    with pytest.raises(ConfigurationError, match=r"countries\.yaml"):
        load_countries(tmp_path / "none")
