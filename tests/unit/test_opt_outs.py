"""The opt-out list as the ledger step reads it: pseudonyms of its accounts in every open epoch."""

from pathlib import Path

import pytest

from anonymize.pseudonyms import pseudonymise
from assets.demand_classes import opted_out_accounts
from assets.settings import ROOT, Settings
from schemas.errors import ConfigurationError
from schemas.home import Home
from tests.support.canonical_events import canonical


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(Home(tmp_path), ROOT / "config")
    settings.home.private.mkdir()
    for epoch in (2025, 2026):
        settings.keyring.epoch_key(epoch)
    return settings


def test_an_account_is_meant_in_every_feed_of_its_marketplace_and_in_every_open_epoch(settings: Settings) -> None:
    settings.home.opt_out.write_text("demo_orders\tB-17\n", encoding="utf-8")

    found = opted_out_accounts(settings, (2025, 2026))

    rfq = pseudonymise(
        canonical({"account": "B-17"}), feed="demo_rfqs", keyring=settings.keyring, namespace="demo_marketplace"
    )
    assert dict(found.rows())[2025] == rfq["key_account"].item()
    assert found["epoch"].to_list() == [2025, 2026]


def test_without_a_list_nobody_is_opted_out(settings: Settings) -> None:
    assert opted_out_accounts(settings, (2025, 2026)).is_empty()


@pytest.mark.parametrize("line", ["demo_orders B-17", "demo_orders\t", "no_feed\tB-17"])
def test_a_line_that_would_come_to_nothing_stops_the_night(settings: Settings, line: str) -> None:
    settings.home.opt_out.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        opted_out_accounts(settings, (2026,))
    assert "B-17" not in str(refused.value)
