"""Two accounts of the case that may be one: the number agrees, and nothing printed says that the banks differ.

They stay two: of records that are not joined, a line printed in both is counted twice, which the gap says; of two customers
joined into one, money would be mixed that never met.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations

from tracer.model import Gap, Posting
from tracer.model.accounts import may_be_one

__all__ = ["told_apart"]


def told_apart(postings: Mapping[str, Posting]) -> Iterator[Gap]:
    """Yield a gap per pair of accounts with one number whose bank, or whose branch, is not known of both."""
    first: dict[str, Posting] = {}
    for posting in postings.values():
        first.setdefault(posting.account_key, posting)
    alike: dict[str, list[str]] = defaultdict(list)
    for key in sorted(first):
        if key.count(":") == 2:
            alike[key.rpartition(":")[2].lstrip("0")].append(key)
    for keys in alike.values():
        for one, other in combinations(keys, 2):
            if may_be_one(one, other):
                yield _gap(one, other, first)


def _gap(one: str, other: str, first: Mapping[str, Posting]) -> Gap:
    cites = (first[one].cite, first[other].cite)
    return Gap(
        id=f"accounts/{one}/{other}",
        kind="conflict",
        description_en=f"Accounts {one} and {other} may be one account: the number agrees, and bank or branch is not known "
        "of both. They are kept as two; if they are one, what both print is counted twice.",
        description_zh=f"账户 {one} 与 {other} 可能为同一账户：账号相符，但银行或分行并非两者均已知。现作为两个账户；"
        "如为同一账户，两者均载明的款项即被重复计算。",
        affects=(one, other),
        ask_en=f"The bank and branch (BIC, sort code) that keep account {one} and account {other}.",
        ask_zh=f"账户 {one} 与 {other} 的开户银行及分行（BIC、分行代码）。",
        cites=cites,
    )
