"""From facts to one table: who holds what directly on a day, as known on a day (ownership.md sections 3, 4.10 to 4.13).

Only direct, non-asserted interests enter the matrices; everything else is kept and compared, never added.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from tracer.model import Interest, Party, Share
from tracer.owners.defects import Defect, closed_loops, oversubscribed, refused, self_holdings, tainted
from tracer.owners.matrix import Matrix
from tracer.owners.ranges import ONE, ZERO, Cell, add, stated_share
from tracer.owners.windows import Standing, standing

__all__ = ["INFLUENCE", "LOOK_THROUGH_WORDS", "OFFICES", "ROLES", "Declared", "Group", "Right", "Table", "build"]

#: Kinds of ownership.md section 3 by family (BODS 0.4 codelist interestType).
INFLUENCE = frozenset(
    [
        "otherInfluenceOrControl",
        "rightsGrantedByContract",
        "conditionalRightsGrantedByContract",
        "controlViaCompanyRulesOrArticles",
        "controlByLegalFramework",
    ]
)
ROLES = frozenset(["settlor", "trustee", "protector", "beneficiaryOfLegalArrangement"])
OFFICES = frozenset(["boardMember", "boardChair", "seniorManagingOfficial"])
PROFIT = frozenset(
    [
        "rightsToProfitOrIncome",
        "rightToProfitOrIncomeFromAssets",
        "rightsToSurplusAssetsOnDissolution",
        "enjoymentAndUseOfAssets",
    ]
)
_NOMINEES = frozenset(("nominee", "nominator"))
#: A company whose name says it holds for others: its parties are asked for (ownership.md 4.12).
LOOK_THROUGH_WORDS = re.compile(
    r"\b(trust|foundation|fund|stiftung|anstalt|fideicomiso|fondation|fundaci[oó]n)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Group:
    """Persons who act together. `kind`: joint_arrangement, concert, family; `subject` "" = in every company."""

    id: str
    kind: str
    members: tuple[str, ...]
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Right:
    """A direct interest that carries no share: a board right, influence, a role, an office."""

    owner: str
    subject: str
    kind: str
    ids: tuple[str, ...]
    capacity: str = "own"
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What a source declares and no matrix takes: an indirect total, a register band, an interest without kind."""

    owner: str
    subject: str
    kind: str
    share: Share | None
    ids: tuple[str, ...]
    directness: str
    capacity: str
    is_assertion: bool
    components: tuple[str, ...]
    code: str
    record: str = ""


@dataclass(frozen=True)
class Table:
    """Everything the laws read about one day.

    `blocks`: joint holding -> its holders (one block, counted once). `derived`: (owner, subject) -> ids of the
    declared total an edge was solved from. `kept`: interests in force, whether or not a matrix takes them.
    """

    as_of: date
    as_known: date | None
    parties: Mapping[str, Party]
    shares: Matrix
    votes: Matrix
    rights: tuple[Right, ...]
    declared: tuple[Declared, ...]
    blocks: Mapping[str, tuple[str, ...]]
    block_ids: Mapping[str, tuple[str, ...]]
    groups: tuple[Group, ...]
    unknown: frozenset[str]
    flags: tuple[Defect, ...]
    kept: int
    loops: frozenset[str] = field(init=False)
    refused: Mapping[str, tuple[str, ...]] = field(init=False)
    tainted: Mapping[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        loops = {c for m in (self.shares, self.votes) for d in closed_loops(m) for c in d.members}
        broken: dict[str, tuple[str, ...]] = {}
        below: dict[str, tuple[str, ...]] = {}
        for matrix in self._matrices():
            broken |= refused(matrix)
            below |= tainted(matrix)
        object.__setattr__(self, "loops", frozenset(loops))
        object.__setattr__(self, "refused", broken)
        object.__setattr__(self, "tainted", {c: why for c, why in below.items() if c not in broken})

    def _matrices(self) -> tuple[Matrix, ...]:
        return (self.shares,) if self.votes is self.shares else (self.shares, self.votes)

    def defects(self) -> tuple[Defect, ...]:
        """Return every hygiene error and flag of the table (ownership.md section 6)."""
        found = [*oversubscribed(self.shares), *closed_loops(self.shares), *self_holdings(self.shares)]
        if self.votes is not self.shares:
            for defect in (*oversubscribed(self.votes), *closed_loops(self.votes)):
                if all((defect.code, defect.members) != (f.code, f.members) for f in found):
                    found.append(replace(defect, note="votes"))
        return (*found, *self.flags)

    def kind(self, record: str) -> str:
        """Return the kind of a party; a record that no source describes is `unknown`."""
        party = self.parties.get(record)
        return party.kind if party else "unknown"

    def above(self, target: str) -> set[str]:
        """Return every record from which some direct right, role or holding leads down to `target`."""
        into: dict[str, set[str]] = defaultdict(set)
        for matrix in self._matrices():
            for company, column in matrix.columns.items():
                into[company].update(column)
        for right in self.rights:
            into[right.subject].add(right.owner)
        for block, holders in self.blocks.items():
            into[block].update(holders)
        for declared in self.declared:
            into[declared.subject].add(declared.owner)
        seen: set[str] = set()
        queue = [target]
        while queue:
            for owner in into[queue.pop()]:
                if owner not in seen:
                    seen.add(owner)
                    queue.append(owner)
        return seen


def build(
    parties: Mapping[str, Party],
    interests: Mapping[str, Interest],
    *,
    as_of: date,
    as_known: date | None = None,
    same: Mapping[str, str] | None = None,
    groups: Iterable[Group] = (),
    assume: Mapping[tuple[str, str], Share] | None = None,
    derive: bool = True,
) -> Table:
    """Return the table of one (as_of, as_known). `same` maps a record to its canonical record.

    `assume`: shares that a person names as an assumption, by (owner, subject); they enter as edges without ids.
    `derive` solves declared totals for the one component whose share no source states.
    """
    canon = dict(same or {})
    known = _known_parties(parties, as_known, canon)
    rows = [_canonical(s, canon) for s in standing(interests, as_of, as_known)]
    flags: list[Defect] = []
    for row in rows:
        for code in row.flags:
            flags.append(Defect(code, (row.interest.subject,), ids=row.ids))
    for row in rows:
        for code in sorted({"EXACTLY_75", "UNKNOWN_KIND"} & set(row.interest.marks)):
            flags.append(Defect(code, (row.interest.subject,), ids=row.ids))
    flags.extend(_double_entries(rows))
    again = _shown_again(rows)
    for company in sorted({subject for subject, _ in again.values()}):
        twice = tuple(sorted(one for one, (subject, _) in again.items() if subject == company))
        flags.append(Defect("DOUBLE_ENTRY", (company,), ids=twice, note=_AGAIN))
    rows, nominees = _repointed(rows, known)
    flags.extend(nominees)
    blocks, block_ids = _blocks(rows, known)
    shares: dict[str, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    votes: dict[str, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    rights: list[Right] = []
    declared: list[Declared] = []
    for row in rows:
        _place(row, known, blocks, shares, votes, rights, declared, flags)
    for (owner, subject), share in (assume or {}).items():
        shares[subject][owner].append(Cell(share, ()))
    faded = {one for row in rows if row.faded for one in row.ids}
    for cells in (shares, votes):
        _relax(cells, faded)
        _once_or_twice(cells, again)
    if derive:
        filed = {
            fact: i for fact, i in interests.items() if as_known is None or not i.known_from or i.known_from <= as_known
        }
        _derive(shares, declared, filed, flags, canon)
    for company in _owned_kinds(known, rights, declared):
        _ = shares[company]  # nobody is shown to hold it: all of it is undocumented
    share_matrix = _matrix(shares)
    # A company without votingRights interests: votes = shares (ownership.md section 3).
    vote_matrix = share_matrix if not votes else _matrix({**shares, **votes})
    owners = {o for m in (share_matrix, vote_matrix) for column in m.columns.values() for o in column}
    named = {d.owner for d in declared} | {r.owner for r in rights} | owners
    nameless = {o for o in named if o not in known or known[o].kind == "unknown" or known[o].status != "known"}
    for missing in sorted(o for o in named if o not in known and not o.startswith("unknown:")):
        flags.append(Defect("NO_PARTY", (missing,), note="named by an interest, described by no record"))
    flags.extend(_look_through(known, named | set(share_matrix.columns)))
    return Table(
        as_of,
        as_known,
        known,
        share_matrix,
        vote_matrix,
        tuple(rights),
        tuple(declared),
        blocks,
        block_ids,
        tuple(groups) + _party_groups(known),
        frozenset(nameless),
        tuple(sorted(set(flags), key=lambda d: (d.code, d.members, d.ids))),
        len(rows),
    )


def _known_parties(parties: Mapping[str, Party], as_known: date | None, canon: Mapping[str, str]) -> dict[str, Party]:
    """Return record -> the party as last described by `as_known`."""
    found: dict[str, Party] = {}
    for _, party in sorted(parties.items()):
        if as_known is not None and party.known_from is not None and party.known_from > as_known:
            continue
        record = canon.get(party.record, party.record)
        former = found.get(record)
        if former is None or (former.known_from or date.min) <= (party.known_from or date.min):
            # A known description is not replaced by a stub of another source that names nobody.
            if former is not None and former.kind != "unknown" and party.kind == "unknown":
                continue
            found[record] = party
        elif former.kind == "unknown" and party.kind != "unknown":
            found[record] = party
    return found


def _canonical(row: Standing, canon: Mapping[str, str]) -> Standing:
    interest = row.interest
    owner, subject = canon.get(interest.owner, interest.owner), canon.get(interest.subject, interest.subject)
    if (owner, subject) == (interest.owner, interest.subject):
        return row
    return replace(row, interest=replace(interest, owner=owner, subject=subject))


def _double_entries(rows: Collection[Standing]) -> Iterable[Defect]:
    """Two active entries for one person and one nature (re-notified, no ceased_on): both are kept."""
    seen: dict[tuple[str, str, str], list[Standing]] = defaultdict(list)
    for row in rows:
        if row.interest.code:
            seen[row.interest.owner, row.interest.subject, row.interest.code].append(row)
    for (_, subject, code), found in sorted(seen.items()):
        if len(found) > 1:
            yield Defect("DOUBLE_ENTRY", (subject,), ids=tuple(i for f in found for i in f.ids), note=code)


_AGAIN = "two exhibits state a holding under records of their own: one holding or two"


def _shown_again(rows: Iterable[Standing]) -> dict[str, tuple[str, str]]:
    """Return interest id -> (company, exhibit) where several exhibits state a holding of one owner, kind and capacity.

    Each exhibit gave the record an id of its own, so that none of them says whether it is the holding of the other.
    """
    found: dict[tuple[str, str, str, str], list[Standing]] = defaultdict(list)
    for row in rows:
        i = row.interest
        if i.directness == "direct" and not i.is_assertion and i.kind in {"shareholding", "votingRights"}:
            found[i.owner, i.subject, i.kind, i.capacity].append(row)
    return {
        one: (subject, row.interest.cite.exhibit)
        for (_, subject, _, _), held in found.items()
        if len({row.interest.cite.exhibit for row in held}) > 1
        for row in held
        for one in row.ids
    }


def _once_or_twice(cells: Mapping[str, Mapping[str, list[Cell]]], again: Mapping[str, tuple[str, str]]) -> None:
    """Give a holding that several exhibits state the range from the largest that one of them states to the sum of all."""
    for column in cells.values():
        for held in column.values():
            by_exhibit: dict[str, list[Cell]] = defaultdict(list)
            for cell in held:
                exhibit = next((again[one][1] for one in cell.ids if one in again), "")
                if exhibit:
                    by_exhibit[exhibit].append(cell)
            if len(by_exhibit) < 2:
                continue
            told = [cell for mine in by_exhibit.values() for cell in mine]
            each = [add(cell.share for cell in mine) for mine in by_exhibit.values()]
            least = max(each, key=lambda share: (share.lo, share.lo_open))
            most = add(cell.share for cell in told)
            share = Share(least.lo, most.hi, least.lo_open, most.hi_open)
            ids = tuple(sorted({one for cell in told for one in cell.ids}))
            held[:] = [*(cell for cell in held if cell not in told), Cell(share, ids)]


def _repointed(rows: list[Standing], known: Mapping[str, Party]) -> tuple[list[Standing], list[Defect]]:
    """Re-point what a nominee holds to the nominator; the legal title stays as evidence (UK para 19, AMLR 53(4)).

    Two forms: nominee and nominator stand in the company itself, or in a nomination between them and the company.
    A nominee whose nominator no source names holds for an unknown owner.
    """
    nominees: dict[str, list[Standing]] = defaultdict(list)
    nominators: dict[str, list[Standing]] = defaultdict(list)
    for row in rows:
        if row.interest.kind == "nominee":
            nominees[row.interest.subject].append(row)
        elif row.interest.kind == "nominator":
            nominators[row.interest.subject].append(row)
    out: list[Standing] = []
    flags: list[Defect] = []
    for row in rows:
        interest = row.interest
        if interest.kind in _NOMINEES or interest.is_assertion or interest.directness != "direct":
            out.append(row)
            continue
        principals: list[Standing] = []
        acting: tuple[str, ...] = ()
        vehicle = known.get(interest.owner)
        if interest.owner in (nominees.keys() | nominators.keys()) and vehicle and vehicle.kind == "arrangement":
            principals = nominators[interest.owner]  # the owner is the nomination itself
            acting = ()
        elif any(n.interest.owner == interest.owner for n in nominees.get(interest.subject, ())):
            principals = nominators[interest.subject]
            acting = tuple(i for n in nominees[interest.subject] if n.interest.owner == interest.owner for i in n.ids)
        elif interest.capacity == "nominee":
            at = [s for s, found in nominees.items() if any(n.interest.owner == interest.owner for n in found)]
            principals = [n for s in at for n in nominators[s]] if len(at) == 1 else list(nominators[interest.subject])
        else:
            out.append(row)
            continue
        names = sorted({p.interest.owner for p in principals if p.interest.owner != interest.owner})
        if len(names) == 1:
            ids = (*row.ids, *acting, *(i for p in principals for i in p.ids))
            out.append(replace(row, interest=replace(interest, owner=names[0], capacity="own"), ids=ids))
            flags.append(Defect("NOMINEE", (interest.subject,), ids=ids, note=f"{interest.owner} for {names[0]}"))
        else:
            stranger = f"unknown:nominator of {interest.owner} in {interest.subject}"
            out.append(replace(row, interest=replace(interest, owner=stranger, capacity="own")))
            note = "no nominator is named" if not names else "several nominators: " + ", ".join(names)
            flags.append(Defect("NOMINEE_OPEN", (interest.subject,), ids=row.ids, note=note))
    return out, flags


def _blocks(
    rows: Iterable[Standing], known: Mapping[str, Party]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return joint holding -> holders, and the interests that make them so."""
    holders: dict[str, set[str]] = {r: set(p.members) for r, p in known.items() if p.kind == "joint_holding"}
    ids: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.interest.subject in holders and not row.interest.is_assertion:
            holders[row.interest.subject].add(row.interest.owner)
            ids[row.interest.subject].update(row.ids)
    return (
        {block: tuple(sorted(found)) for block, found in holders.items()},
        {block: tuple(sorted(found)) for block, found in ids.items()},
    )


def _place(
    row: Standing,
    known: Mapping[str, Party],
    blocks: Mapping[str, tuple[str, ...]],
    shares: dict[str, dict[str, list[Cell]]],
    votes: dict[str, dict[str, list[Cell]]],
    rights: list[Right],
    declared: list[Declared],
    flags: list[Defect],
) -> None:
    interest, ids = row.interest, row.ids
    try:
        share = stated_share(interest)
    except ValueError as wrong:
        flags.append(Defect("INVALID_SHARE", (interest.subject,), ids=ids, note=str(wrong)))
        return
    if "SELF_PSC" in interest.marks or (interest.owner == interest.subject and interest.code):
        flags.append(Defect("SELF_PSC", (interest.subject,), ids=ids))
        return
    if "CEASED_UNDATED" in interest.marks:
        flags.append(Defect("NO_END", (interest.subject,), ids=ids, note="ceased, the register gives no day"))
        return
    enters = interest.directness == "direct" and not interest.is_assertion
    countable = interest.kind in {"shareholding", "votingRights"}
    if interest.kind in _NOMINEES:
        # Said of a person, never a share: who instructs whom counts however indirect the publisher calls it.
        rights.append(Right(interest.owner, interest.subject, interest.kind, ids, interest.capacity))
        return
    if not enters or not interest.kind or interest.kind in {"unknownInterest", "unpublishedInterest", "consolidation"}:
        declared.append(_declared(row, share))
        return
    if not countable:
        rights.append(Right(interest.owner, interest.subject, interest.kind, ids, interest.capacity, share))
        return
    if interest.capacity in {"as_trust", "as_firm"}:
        # A capacity is not an own holding (ownership.md section 7): kept as a right of the trust or firm.
        rights.append(Right(interest.owner, interest.subject, interest.kind, ids, interest.capacity, share))
        flags.append(Defect("CAPACITY", (interest.subject,), ids=ids, note=interest.capacity))
        return
    if share is None:
        in_block = interest.subject in blocks
        if not in_block:
            flags.append(Defect("NO_SHARE", (interest.subject,), ids=ids))
        share = Share(ZERO, ONE, lo_open=not in_block)
    into = shares if interest.kind == "shareholding" else votes
    into[interest.subject][interest.owner].append(Cell(share, ids))


def _declared(row: Standing, share: Share | None) -> Declared:
    interest = row.interest
    return Declared(
        interest.owner,
        interest.subject,
        interest.kind or "",
        share,
        row.ids,
        interest.directness,
        interest.capacity,
        interest.is_assertion,
        interest.components,
        interest.code,
        interest.record,
    )


def _matrix(cells: Mapping[str, Mapping[str, list[Cell]]]) -> Matrix:
    return Matrix(
        {
            company: {
                owner: Cell(add(c.share for c in found), tuple(sorted({i for c in found for i in c.ids})))
                for owner, found in sorted(column.items())
            }
            for company, column in sorted(cells.items())
        }
    )


def _relax(cells: Mapping[str, Mapping[str, list[Cell]]], faded: set[str]) -> None:
    """Let go of holdings that ended somewhere before a closing statement, where a column would exceed 1 with them.

    A record closed without an end date stands until its closing statement, unless what began meanwhile leaves no room:
    then it is between nothing and the former share (4.13).
    """
    for column in cells.values():
        total = sum((cell.share.lo for found in column.values() for cell in found), ZERO)
        if total <= ONE:
            continue
        for found in column.values():
            found[:] = [
                Cell(Share(ZERO, cell.share.hi, hi_open=cell.share.hi_open), cell.ids)
                if faded & set(cell.ids)
                else cell
                for cell in found
            ]


def _owned_kinds(known: Mapping[str, Party], rights: Iterable[Right], declared: Iterable[Declared]) -> set[str]:
    """Return the records that somebody owns, whether or not a source says who: entities, arrangements, blocks.

    A state has no owners; a state body has where something is stated in it.
    """
    found = {record for record, party in known.items() if party.kind in {"entity", "arrangement", "joint_holding"}}
    stated = {right.subject for right in rights} | {d.subject for d in declared}
    return found | {record for record in stated if record in known and known[record].kind == "state"}


def _derive(
    shares: dict[str, dict[str, list[Cell]]],
    declared: Iterable[Declared],
    interests: Mapping[str, Interest],
    flags: list[Defect],
    canon: Mapping[str, str],
) -> None:
    from tracer.owners.derived import solve_total

    for total in declared:
        if not total.is_assertion or total.kind != "shareholding":
            continue
        solved = solve_total(total, shares, interests, canon)
        if solved is not None:
            owner, subject, share, ids = solved
            shares[subject][owner].append(Cell(Share(share, share), ids))
            flags.append(Defect("DERIVED_EDGE", (subject,), share, ids, note=f"{owner} > {subject}"))


def _look_through(known: Mapping[str, Party], named: Collection[str]) -> Iterable[Defect]:
    for record in sorted(named):
        party = known.get(record)
        if party and party.kind == "entity" and any(LOOK_THROUGH_WORDS.search(n.text) for n in party.names):
            yield Defect("LOOK_THROUGH", (record,), note="ask for settlor, trustees, protector and beneficiaries")


#: Marks by which a source or a person states that the members of an arrangement act together.
_GROUP_MARKS = {"JOINT_ARRANGEMENT": "joint_arrangement", "CONCERT": "concert", "FAMILY": "family"}


def _party_groups(known: Mapping[str, Party]) -> tuple[Group, ...]:
    return tuple(
        Group(record, _GROUP_MARKS[mark], party.members)
        for record, party in sorted(known.items())
        for mark in party.marks
        if mark in _GROUP_MARKS and party.members
    )
