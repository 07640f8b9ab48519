"""Which asset a target of the trace is.

`sink:ASSET:RECORD` is what was paid for an asset in the currency of its price (of its first payment, where none was);
`sink:ASSET:RECORD:CURRENCY` what was paid in another: one sum of both would rest on a rate that no record shows.
"""

from __future__ import annotations

from collections.abc import Container

__all__ = ["asset_of"]


def asset_of(target: str, records: Container[str]) -> tuple[str, str]:
    """Return the record of the asset and the currency in the target's name, "" for that of its price; ("", "") for no asset.

    >>> asset_of("sink:ASSET:HOUSE", {"HOUSE"}), asset_of("sink:ASSET:HOUSE:EUR", {"HOUSE"})
    (('HOUSE', ''), ('HOUSE', 'EUR'))
    """
    _, is_asset, name = target.partition("sink:ASSET:")
    if not is_asset or name in records:
        return name, ""
    record, _, currency = name.rpartition(":")
    return (record, currency) if record in records else ("", "")
