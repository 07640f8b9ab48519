"""annex.md section 10: the public rendering holds no full account number, identifier of a person or date of birth."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tracer.charts import Picture, flow, graphml, owners, page, still
from tracer.charts.picture import panel
from tracer.model import Dossier


@pytest.fixture(scope="module")
def made(harbour) -> Dossier:
    return harbour.dossier()


def secrets(made: Dossier) -> set[str]:
    found = {a.number for a in made.accounts.values()} | {a.iban for a in made.accounts.values()}
    for posting in made.postings.values():
        found |= {posting.account, posting.counterparty_account}
    found |= {key.rsplit(":", 1)[-1] for key in made.account_ids}
    people = [p for p in made.parties.values() if p.kind == "person"]
    found |= {identifier.value for p in people for identifier in p.identifiers}
    plain = {"".join(c for c in text if c.isalnum()) for text in found}
    return {text for text in plain if len(text) > 5} | {p.born for p in people if len(p.born) > 4}


def hits(texts: list[str], kept: set[str]) -> set[str]:
    """Return the secrets that stand in the texts in any common spacing."""
    found = set()
    for text in texts:
        closed = re.sub(r"[\s./-]", "", text).upper()
        for secret in kept:
            spaced = r"[\s./-]?".join(map(re.escape, secret))
            if re.sub(r"[\s./-]", "", secret).upper() in closed and re.search(spaced, text, re.IGNORECASE):
                found.add(secret)
    return found


def everything(picture: Picture, folder: Path) -> list[str]:
    """Return all text of every form of a chart, the comments of the SVG and the data of the page included."""
    file = folder / "chart.pdf"
    file.write_bytes(still(picture, "pdf"))
    pdf = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True).stdout.decode()
    html = page(picture)
    drawn = "".join(re.findall(r"<script>(.*?)</script>", html, re.DOTALL)[1:])  # the first is vis-network itself
    data = json.dumps(json.loads(re.search(r"var CHART=(\{.*\}),INK=", drawn)[1]), ensure_ascii=False)
    tables = re.sub(r"<script>.*?</script>|<style>.*?</style>", "", html, flags=re.DOTALL)
    comments = re.findall(r"<!--(.*?)-->|<desc>(.*?)</desc>", still(picture, "svg").decode(), re.DOTALL)
    return [pdf, drawn, data, tables, graphml(picture), *map("".join, comments)]


def pictures(made: Dossier, rendering: str) -> list[Picture]:
    trees = dict.fromkeys((v.target, v.as_of) for v in made.verdicts)
    drawn = [flow(made, None, "libr", rendering=rendering)]
    drawn += [flow(made, t.target, "fifo", rendering=rendering) for t in made.trace.targets if "bal:AE" in t.target]
    return drawn + [owners(made, target, day, rendering=rendering) for target, day in trees]


def test_the_public_rendering_holds_none_of_them(made: Dossier, tmp_path: Path) -> None:
    kept = secrets(made)
    for picture in pictures(made, "public"):
        assert picture.rendering == "public"
        assert hits(everything(picture, tmp_path), kept) == set(), picture.title_en
        assert "rendering public" in page(picture)


def test_control_the_full_rendering_holds_some(made: Dossier, tmp_path: Path) -> None:
    assert hits(everything(flow(made, None, "libr"), tmp_path), secrets(made))


def test_persons_keep_the_year_of_birth_and_four_characters_of_an_identifier(made: Dossier, tmp_path: Path) -> None:
    sample = next(i for p in made.parties.values() for i in p.identifiers)
    known = {
        key: replace(p, born="1979-02-03", identifiers=(replace(sample, value="E12345678"),))
        if p.kind == "person"
        else p
        for key, p in made.parties.items()
    }
    told = replace(made, parties=known)
    target, day = next((v.target, v.as_of) for v in made.verdicts)
    kept = {"1979-02-03", "E12345678"}
    assert hits(everything(owners(told, target, day), tmp_path), kept) == kept
    public = owners(told, target, day, rendering="public")
    assert hits(everything(public, tmp_path), kept) == set()
    details = str([panel(box.detail) for box in public.boxes])
    assert "'1979'" in details
    assert "…5678" in details


def test_numbers_in_printed_texts_are_masked_in_every_spacing(made: Dossier, tmp_path: Path) -> None:
    """A statement's own text repeats numbers; here every posting and payer does, in three spacings."""
    number = next(a.number for a in made.accounts.values() if len(a.number) > 8)
    spelled = f"{number} / {number[:4]} {number[4:8]} {number[8:]} / {number[:3]}-{number[3:]}"
    said = {
        key: replace(p, counterparty=f"{p.counterparty} {spelled}", bank_reference=number)
        for key, p in made.postings.items()
    }
    accounts = tuple(
        replace(a, rows=tuple(replace(row, text=f"{row.text} {spelled}") for row in a.rows))
        for a in made.trace.accounts
    )
    told = replace(made, postings=said, trace=replace(made.trace, accounts=accounts))
    assert hits(everything(flow(told, None, "libr", rendering="public"), tmp_path), {number}) == set()


def test_two_accounts_that_end_alike_keep_their_own_names(made: Dossier) -> None:
    heads = [box.lines[0] for box in flow(made, None, "libr", rendering="public").boxes if box.kind == "account"]
    assert len(set(heads)) == len(heads)
    assert all(re.match(r"AC-\d+ ", head) for head in heads)


@pytest.mark.parametrize("rendering", ["full", "public"])
def test_a_record_of_class_int_leaves_no_mark(harbour, made: Dossier, rendering: str) -> None:
    secret = [e for e in harbour.exhibits.all() if e.evidence_class == "INT"]
    assert secret
    for picture in pictures(made, rendering):
        text = page(picture) + graphml(picture)
        for exhibit in secret:
            assert exhibit.sha256[:12] not in text
            assert exhibit.name not in text
