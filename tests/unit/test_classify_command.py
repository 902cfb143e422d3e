"""`mandi classify` and `mandi lexicon`: files in and out, and the lists checked."""

import gzip
import io
import json
import os
import sys
from pathlib import Path

import polars as pl
import pytest
import typer

from feeds.products.check import check_lists
from feeds.products.classify import ONLY_PIECES, build_classifier
from feeds.products.files import classified_file, classified_lines, classified_rows
from feeds.products.tree import load_product_tree
from pipelines.cli import app
from schemas.errors import ConfigurationError, FeedFileError
from tests.support.command import Mandi
from tests.support.products import CONFIG, small_config

TEXTS = [
    "cotton t-shirt",
    None,
    "solar panel",
    "qqqq",
    "toy car, for kids",
    'said "leather handbag"',
    "t-shirt\nof cotton",
]
HEAD = "hs2,hs4,sector,confidence,decided_by"


@pytest.fixture
def mandi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mandi:
    return Mandi(tmp_path, monkeypatch, capsys)


def written(folder: Path, ending: str) -> Path:
    """A file of TEXTS beside a column that nobody names."""
    frame = pl.DataFrame({"no": range(len(TEXTS)), "what": TEXTS})
    path = folder / f"texts{ending}"
    if ending == ".parquet":
        frame.write_parquet(path)
    elif ending == ".jsonl.gz":
        lines = "\n".join(json.dumps(row) for row in frame.to_dicts())
        path.write_bytes(gzip.compress(lines.encode()))
    else:
        frame.write_csv(path)
    return path


@pytest.mark.parametrize("ending", [".csv", ".jsonl.gz", ".parquet"])
def test_a_file_gives_one_row_for_each_in_order(mandi: Mandi, tmp_path: Path, ending: str) -> None:
    out = tmp_path / "products.csv"

    told = mandi("classify", str(written(tmp_path, ending)), "--column", "what", "-o", str(out))

    assert told.code == 0, told.err
    rows = pl.read_csv(out, infer_schema=False)
    assert ",".join(rows.columns) == HEAD
    assert rows["hs4"].to_list() == ["6109", None, "8541", None, "9503", "4202", "6109"]
    assert rows.row(1) == (None,) * 5
    assert list(tmp_path.glob(".*part")) == []


def test_force_fills_what_is_unsure_and_confidence_stays(mandi: Mandi, tmp_path: Path) -> None:
    path = written(tmp_path, ".csv")
    sure = mandi("classify", str(path), "--column", "what", "--confidence", "1")
    forced = mandi("classify", str(path), "--column", "what", "--confidence", "1", "--force")

    rows = [pl.read_csv(told.out.encode(), infer_schema=False) for told in (sure, forced)]
    assert rows[1]["hs2"].count() == rows[1]["hs4"].count() == rows[1]["sector"].count() > rows[0]["hs4"].count()
    assert rows[0]["confidence"].to_list() == rows[1]["confidence"].to_list()


def test_rows_that_cannot_be_read_keep_their_place(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text("no,what\n1,toy car\n2\n3,bag,too,many\n\n5,camera bag\n6,toy car\n7\n", encoding="utf-8")
    classifier = build_classifier(CONFIG, load_product_tree(CONFIG))

    for batch_rows in (1, 2, 100):
        batches = list(classified_file(path, "what", classifier, 0.0, is_forced=True, batch_rows=batch_rows))
        found = pl.concat(batches)["hs4"].to_list()
        assert found == ["9503", None, None, None, "4202", "9503", None]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_no_cell_begins_as_a_formula_does(tmp_path: Path, sign: str) -> None:
    folder = small_config(tmp_path)
    with (folder / "products" / "lexicon.csv").open("a") as file:
        file.write(f"{sign}sum zither,9202,1\n")
    classifier = build_classifier(folder, load_product_tree(folder))
    texts = pl.Series(["sum zither"])
    assert classifier.answers(texts)["decided_by"][0].startswith(sign)

    cell = classified_rows(texts, classifier, 0.0, is_forced=True)["decided_by"][0]

    assert cell.startswith(f"'{sign}sum zither")


def test_every_answer_tells_what_decided_it() -> None:
    texts = pl.Series(["qwrtx", "zzgluten", "for for", "x", "9 x 9", "cotton shirts", *"abcdefgh"])
    answers = build_classifier(CONFIG, load_product_tree(CONFIG)).answers(texts)
    answered = answers.filter(pl.col("heading").is_not_null())
    assert answered.height > 2
    assert answered["decided_by"].null_count() == 0
    assert answered["decided_by"].str.len_chars().min() > 0  # type: ignore[operator]


def test_an_unknown_word_never_comes_out() -> None:
    text = "glutenovaskaya"
    answer = build_classifier(CONFIG, load_product_tree(CONFIG)).answers(pl.Series([text])).row(0, named=True)
    assert answer["heading"] is not None
    assert answer["decided_by"] == ONLY_PIECES


def test_a_text_is_explained(mandi: Mandi) -> None:
    told = mandi("classify", "cotton t-shirt")
    assert told.code == 0
    assert "6109" in told.out and "textiles_apparel/61" in told.out and "Decided by:" in told.out
    assert "No word of this text is known" in mandi("classify", "0987654").out


def test_of_one_text_every_level_is_told_and_force_says_so(mandi: Mandi) -> None:
    told = mandi("classify", "cotton t-shirt", "--force")
    assert told.code == 0 and "--force changes nothing" in told.err


def test_lines_of_standard_input_are_classified(mandi: Mandi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stream = io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfcotton t-shirt\r\n\nsolar panel"))
    monkeypatch.setattr(sys, "stdin", stream)
    told = mandi("classify", "-")
    assert told.code == 0, told.err
    assert pl.read_csv(told.out.encode(), infer_schema=False)["hs4"].to_list() == ["6109", None, "8541"]
    assert "columns" in mandi("classify", "-", "--column", "title").err


def test_lines_of_a_stream_come_in_batches_and_a_long_one_stays_one(tmp_path: Path) -> None:
    folder = small_config(tmp_path)
    classifier = build_classifier(folder, load_product_tree(folder))
    lines = [b"toy car", b"x" * 200_000 + b" toy car", b"\xff\xfe camera bag", b"toy car " * 20_000, b"shirt"]

    batches = list(classified_lines(io.BytesIO(b"\n".join(lines)), classifier, 0.0, is_forced=True, lines_together=2))

    assert [batch.height for batch in batches] == [2, 2, 1]
    assert pl.concat(batches)["hs4"].to_list() == ["9503", None, "4202", "9503", "6205"]


def test_endings_in_capitals_and_keys_written_with_escapes_are_read(tmp_path: Path) -> None:
    folder = small_config(tmp_path)
    classifier = build_classifier(folder, load_product_tree(folder))
    path = tmp_path / "TEXTS.JSONL.GZ"
    path.write_bytes(gzip.compress(b'{"t\\u00edtulo": "toy car"}\n{"t\\u00edtulo": "shirt"}\n'))

    found = pl.concat(classified_file(path, "título", classifier, 0.0, is_forced=True))

    assert found["hs4"].to_list() == ["9503", "6205"]


def test_a_refused_file_is_not_spoken_of_as_a_feed(tmp_path: Path) -> None:
    classifier = build_classifier(CONFIG, load_product_tree(CONFIG))
    files = {
        "cut.csv.gz": gzip.compress(b"what\ntoy car\n")[:-9], "none.csv": b"", "wide.csv": "what\nä".encode("utf-16"),
        "column.csv": b"no\n1\n", "key.jsonl": b'{"no": 1}\n', "cut.jsonl": b'{"what": "x"}\n{"wh',
        "no.parquet": b"PAR1", "text.csv.gz": b"what\nx\n", "quote.csv": b'what\n"toy\n', "header.csv": b"\n\n",
    }  # fmt: skip
    for name, content in {**files, "absent.csv": None}.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(FeedFileError) as refused:
            list(classified_file(tmp_path / name, "what", classifier, 0.0, is_forced=True))
        message = str(refused.value)
        assert message.startswith(name) and message.endswith(".")
        assert "contract" not in message and "land" not in message.lower()


@pytest.mark.parametrize(("name", "column"), [("texts.csv", "none"), ("texts.doc", "what"), ("absent.csv", "what")])
def test_a_file_that_cannot_be_read_is_refused_and_leaves_nothing(
    mandi: Mandi, tmp_path: Path, name: str, column: str
) -> None:
    written(tmp_path, ".csv").rename(tmp_path / "texts.csv")
    (tmp_path / "texts.doc").write_text("x")
    told = mandi("classify", str(tmp_path / name), "--column", column, "-o", str(tmp_path / "out.csv"))
    assert told.code == 2
    assert told.err.count("\n") <= 2
    assert not (tmp_path / "out.csv").exists() and list(tmp_path.glob(".*part")) == []


def test_a_column_that_ends_its_own_quotes_is_refused(tmp_path: Path) -> None:
    classifier = build_classifier(CONFIG, load_product_tree(CONFIG))
    with pytest.raises(FeedFileError):
        list(classified_file(written(tmp_path, ".csv"), 'what" or "no', classifier, 0.0, is_forced=True))


def test_the_committed_lists_are_sound(mandi: Mandi) -> None:
    told = mandi("lexicon", "check")
    assert told.code == 0, told.err
    assert "market titles" in told.out


def test_a_term_sure_of_two_chapters_is_found(tmp_path: Path) -> None:
    folder = small_config(tmp_path)
    (folder / "products" / "titles").mkdir()
    (folder / "products" / "titles" / "95.csv").write_text("heading,title,language\n9503,toy car,en\n")
    assert check_lists(folder).is_sound
    with (folder / "products" / "lexicon.csv").open("a") as file:
        file.write("Toys Car,8703,0.95\n")
    assert check_lists(folder).contradictions == ("Toys Car",)


def test_a_rule_that_can_never_fire_is_found(tmp_path: Path) -> None:
    folder = small_config(tmp_path)
    (folder / "products" / "titles").mkdir()
    (folder / "products" / "titles" / "95.csv").write_text("heading,title,language\n9503,toy car,en\n")
    with (folder / "products" / "rules.csv").open("a") as file:
        file.write("its own opposite,toy|toy car,,toys,9503,2\nno second,toy,box|big box,box,9503,2\n")
        file.write("one way is left,toy|plaything,,toy,9503,2\n")

    found = check_lists(folder)

    assert found.idle_rules == (5, 6) and not found.is_sound


@pytest.mark.parametrize("command", [["classify"], ["scrub", "--field", "title"]])
def test_a_result_never_replaces_what_it_is_made_from(tmp_path: Path, command: list[str]) -> None:
    source = tmp_path / "rfqs.jsonl"
    source.write_text('{"title": "cotton towel"}\n', encoding="utf-8")
    options = ["--column", "title"] if command == ["classify"] else command[1:]

    for output, reason in ((source, "is what is read"), (tmp_path, "must be a file"), (tmp_path / "no" / "x", "must")):
        with pytest.raises(ConfigurationError, match=reason):
            typer.main.get_command(app).main(
                [command[0], str(source), *options, "-o", str(output)], standalone_mode=False
            )
    assert source.read_text(encoding="utf-8") == '{"title": "cotton towel"}\n'


@pytest.mark.parametrize("command", [["classify", "--column", "title"], ["scrub", "--field", "title"]])
def test_a_result_replaces_neither_a_pipe_nor_what_a_link_only_points_at(tmp_path: Path, command: list[str]) -> None:
    """A rename over a device or a pipe would put a plain file in its place."""
    source, pipe, link, victim = (tmp_path / name for name in ("rfqs.jsonl", "pipe", "link.csv", "old.csv"))
    source.write_text('{"title": "cotton towel"}\n', encoding="utf-8")
    os.mkfifo(pipe)
    victim.write_text("old")
    link.symlink_to(victim)
    part = tmp_path / ".link.csv.part"
    part.write_text("somebody's own")

    def run(output: Path) -> None:
        arguments = [command[0], str(source), *command[1:], "-o", str(output)]
        typer.main.get_command(app).main(arguments, standalone_mode=False)

    with pytest.raises(ConfigurationError, match="no ordinary file"):
        run(pipe)
    run(link)

    assert pipe.is_fifo() and link.is_symlink()
    assert victim.read_text(encoding="utf-8") != "old" and part.read_text() == "somebody's own"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [".link.csv.part", "link.csv", "old.csv", "pipe", "rfqs.jsonl"]
    )


@pytest.mark.parametrize("options", [["-o", "out.csv"], []])
def test_a_file_without_a_column_is_not_taken_for_a_text(tmp_path: Path, options: list[str]) -> None:
    source = tmp_path / "rfqs.csv"
    source.write_text("title\ncotton towel\n", encoding="utf-8")

    with pytest.raises(ConfigurationError, match="--column"):
        typer.main.get_command(app).main(["classify", str(source), *options], standalone_mode=False)


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("t", [["a"], ["b"]], "that no expression reads"),
        ("t", [{"a": "b"}], "that no expression reads"),
        ("t", [b"cotton", b"\xff\xfe"], "that no expression reads"),
        ("", ["a"], "without a name"),
    ],
    ids=["lists", "records", "bytes", "no name"],
)
def test_a_column_that_holds_no_texts_is_refused_in_one_line(
    tmp_path: Path, column: str, values: list[object], reason: str
) -> None:
    pl.DataFrame({column: values}).write_parquet(tmp_path / "x.parquet")

    with pytest.raises(FeedFileError, match=reason):
        typer.main.get_command(app).main(
            ["classify", str(tmp_path / "x.parquet"), "--column", column], standalone_mode=False
        )
