"""Asset registers: land, aircraft, vessels, vehicles, securities; one asset a row.

Source:  tracer's own template (tracer/ingest/profiles/asset_register.yaml), the UK land register's corporate and
         overseas lists (land_register_uk.yaml, confirm the layout [K]), or a person's profile of `kind: assets`.
Amounts: major units of the row's currency; held as minor units. An amount without a currency is set aside.
Owners:  the titleholder stands on the Asset. Where a register names proprietors with their own numbers, each is a Party
         and holds an Interest. BODS 0.4 has no interest type for registered title to property, so the kind is
         `unknownInterest` and `code` says `registered-proprietor`; it is never a share in a company.
"""

from collections.abc import Iterator

from tracer.ingest import Source, connector
from tracer.ingest.register import Line, claims_kind, count_kind, read_kind
from tracer.model import Asset, Fact, Identifier, Interest, Name, Party, Reject

KIND = "assets"
_PROPRIETORS = ("", "_2", "_3", "_4")  # formats.md section 10: up to four


def asset(line: Line) -> Iterator[Fact]:
    """Yield the asset of one row, then a party and an interest for each proprietor that has a register number."""
    record = line.need("record")
    currency = line.currency("currency") if line.text("currency") else ""
    owners = [(tail, line.text(f"titleholder{tail}")) for tail in _PROPRIETORS if line.text(f"titleholder{tail}")]
    acquired = line.day("acquired")
    made: list[Fact] = []
    for tail, name in owners:
        number = line.text(f"registration{tail}")
        if not number:
            continue
        place = tail.lstrip("_") or "1"
        key = f"{record}/proprietor/{place}"
        made.append(
            Party(
                line.cite(f"proprietor={place}"),
                key,
                "unknown",  # the list names companies and foreign bodies alike; the company register says which
                (Name(name),),
                (Identifier("registration", number, line.text(f"jurisdiction{tail}")),),
                jurisdiction=line.text(f"jurisdiction{tail}"),
                address=line.text(f"address{tail}"),
                reason="as the asset register prints it",
            )
        )
        made.append(
            Interest(
                line.cite(f"interest={place}"),
                key,
                key,
                record,
                "unknownInterest",
                valid_from=acquired,
                code="registered-proprietor",
            )
        )
    parts = (line.text("description"), line.text("description_2"))
    yield Asset(
        line.cite(),
        record,
        line.need("asset_class"),
        "; ".join(part for part in parts if part),
        country=line.text("country"),
        district=line.text("district"),
        titleholder="; ".join(name for _, name in owners),
        acquired=acquired,
        price=line.amount("price", currency),
        currency=currency,
        paid_reference=line.text("paid_reference"),
        paid_account=line.text("paid_account"),
        value_now=line.amount("value_now", currency),
        value_date=line.day("value_date"),
        value_source=line.text("value_source"),
        encumbrance=line.amount("encumbrance", currency),
        marks=line.marks(),
    )
    yield from made


def read_assets(source: Source) -> Iterator[Fact | Reject]:
    """Yield one Asset with its proprietors, or one Reject, for every row."""
    yield from read_kind(source, KIND, asset)


CONNECTOR = connector(
    "asset_register",
    title="an asset register as a table",
    claims=lambda source: claims_kind(source, KIND),
    count=lambda source: count_kind(source, KIND),
)(read_assets)
