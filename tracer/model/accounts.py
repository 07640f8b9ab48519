"""When two prints of an account may be one: the number agrees, and nothing printed says that the banks differ.

Keys are the normal form `COUNTRY:BANK:ACCOUNT` of `tracer.ingest.accounts`, or a bare number where no key could be made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracer.model.evidence import Account

__all__ = ["account_of", "bare", "may_be_one", "parts_of"]

_BIC8 = re.compile(r"[A-Z]{6}[A-Z0-9]{2}\Z")


@lru_cache(maxsize=65_536)
def bare(account: str) -> str:
    """Return an account's letters and digits, upper case, without leading zeros: two prints of one account agree."""
    text = account.upper()
    return (text if text.isalnum() else "".join(c for c in text if c.isalnum())).lstrip("0")


def parts_of(key: str) -> tuple[str, str, str]:
    """Return (country, bank, number) of a key; of a bare number, ("", "", number)."""
    return tuple(key.split(":")) if key.count(":") == 2 else ("", "", key)  # type: ignore[return-value]


def may_be_one(one: str, other: str) -> bool:
    """Say whether two keys may be one account. An unknown bank, or an unknown branch, refutes nothing; two known ones do."""
    (country, bank, number), (land, house, yours) = parts_of(one), parts_of(other)
    if bare(number) != bare(yours) or (country and land and country != land):
        return False
    if bank.startswith(house) or house.startswith(bank):
        return True  # one is not known, or known without its branch
    # a BIC and a national bank code name one bank in two ways, and only a directory could tell
    return bool(_BIC8.match(bank)) != bool(_BIC8.match(house))


def account_of(key: str, accounts: Iterable[Account]) -> Account | None:
    """Return the account that a register states under a key, else the only one that may be it; None where several may."""
    listed = {(one.account_key or one.number): one for one in reversed(list(accounts))}
    near = [one for own, one in listed.items() if may_be_one(key, own)]
    return listed.get(key) or (near[0] if len(near) == 1 else None)
