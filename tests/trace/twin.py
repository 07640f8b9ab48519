"""The slow twin: tracing.md 1.2 written down a second time, with lists and exact numbers, for ledgers of a few rows.

Nothing here is shared with the shipped kernels. `exact=True` works in fractions; `exact=False` in whole cents as
step 8 says. A lot is a dict of labels with, in whole-cent mode, its first size, its proceeds and what was drawn.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

OTHER = {"C", "U", "K"}
RULES = ("fifo", "lifo", "pro_rata", "libr", "proceeds_first")


def half_up(x):
    return floor(Fraction(x) + Fraction(1, 2))


def spread(x, weights):
    """Largest remainder over (key, weight) pairs in their order."""
    total = sum(w for _, w in weights)
    quotas = [Fraction(x * w, total) for _, w in weights]
    parts = [floor(q) for q in quotas]
    order = sorted(range(len(quotas)), key=lambda k: (-(quotas[k] - parts[k]), k))
    for k in order[: x - sum(parts)]:
        parts[k] += 1
    return {key: part for (key, _), part in zip(weights, parts, strict=True)}


@dataclass(eq=False)  # a lot is itself, not one like it
class Lot:
    labels: dict
    size: int = 0
    entered: int = 0
    drawn: int = 0

    def __post_init__(self):
        self.size, self.entered = total(self.labels), proceeds(self.labels)


def total(labels):
    return sum(labels.values())


def proceeds(labels):
    return sum(x for name, x in labels.items() if name not in OTHER)


def merge(*parts):
    out = {}
    for labels in parts:
        for name, x in labels.items():
            out[name] = out.get(name, 0) + x
    return out


def less(a, b):
    return {name: x - b.get(name, 0) for name, x in a.items()}


@dataclass
class Account:
    lots: list = field(default_factory=list)  # oldest first
    debt: int = 0
    between: str = ""  # the account between the parts of a payment: "to" several credits, "of" several debits

    def held(self):
        return merge(*[lot.labels for lot in self.lots])


@dataclass
class Twin:
    rule: str
    exact: bool
    bundle: str = "ordered"
    mixed_repay: str = "pro_rata"
    subrule: str = "pro_rata"
    accounts: dict = field(default_factory=dict)
    targets: dict = field(default_factory=dict)
    moved: list = field(default_factory=list)
    absorbed: list = field(default_factory=list)
    held: list = field(default_factory=list)

    # taking -----------------------------------------------------------------------------------------------------

    def of_class(self, x, labels):
        """Take x of labels that are all of one class."""
        whole = total(labels)
        if not x:
            return dict.fromkeys(labels, 0)
        if self.exact:
            return {name: Fraction(x) * v / whole for name, v in labels.items()}
        return spread(x, sorted(labels.items()))

    def by_class(self, wanted_proceeds, wanted_other, labels):
        dirty = {n: x for n, x in labels.items() if n not in OTHER}
        clean = {n: x for n, x in labels.items() if n in OTHER}
        return merge(self.of_class(wanted_proceeds, dirty), self.of_class(wanted_other, clean))

    def share(self, x, part, whole):
        value = Fraction(x) * Fraction(part) / Fraction(whole)
        return value if self.exact else half_up(value)

    def from_lot(self, lot, w):
        """FIFO and LIFO: draw w of a lot; a mixed lot cumulatively."""
        if self.exact:
            taken = {n: Fraction(x) * w / total(lot.labels) for n, x in lot.labels.items()}
        else:
            p = half_up(Fraction((lot.drawn + w) * lot.entered, lot.size)) - half_up(
                Fraction(lot.drawn * lot.entered, lot.size)
            )
            taken = self.by_class(p, w - p, lot.labels)
        lot.labels = less(lot.labels, taken)
        lot.drawn += w
        return taken

    def draw(self, account, w):
        """Return the sub-lots drawn, in order; the excess over the balance is K, last and apart."""
        held = account.held()
        use = min(w, total(held))
        bundle = []
        if self.rule in ("fifo", "lifo"):
            left = use
            while left:
                lot = account.lots[0 if self.rule == "fifo" or account.between else -1]
                part = min(left, total(lot.labels))
                whole = part == total(lot.labels)
                bundle.append(dict(lot.labels) if whole else self.from_lot(lot, part))
                if whole:
                    account.lots.remove(lot)
                left -= part
        elif use:
            p, n = proceeds(held), total(held) - proceeds(held)
            if self.rule == "pro_rata" or account.between == "to":
                dirty = self.share(use, p, p + n)
            elif self.rule == "libr":
                dirty = max(0, use - n)
            else:
                dirty = min(use, p)
            if self.subrule == "fifo" and self.rule != "pro_rata" and not account.between:
                taken = self.oldest(account, dirty)
                clean = {k: x for k, x in held.items() if k in OTHER}
                taken = merge(taken, self.of_class(use - dirty, clean))
                self.take_other(account, taken)
            else:
                taken = self.by_class(dirty, use - dirty, held)
                account.lots = [Lot(less(held, taken))]
            bundle.append(taken)
        if w > use:
            account.debt += w - use
            bundle.append({"K": w - use})
        return bundle

    def oldest(self, account, x):
        taken = {}
        for lot in account.lots:
            dirty = {k: v for k, v in lot.labels.items() if k not in OTHER and v}
            part = min(x, total(dirty))
            if part:
                got = self.of_class(part, dirty)
                lot.labels = less(lot.labels, got)
                taken = merge(taken, got)
                x -= part
        return taken

    def take_other(self, account, taken):
        """Other money has no order: where in the lots it is taken does not matter."""
        for name in OTHER:
            left = taken.get(name, 0)
            for lot in account.lots:
                part = min(left, lot.labels.get(name, 0))
                if part:
                    lot.labels[name] -= part
                    left -= part

    # posting ----------------------------------------------------------------------------------------------------

    def to(self, target, labels):
        self.targets[target] = merge(self.targets.get(target, {}), labels)

    def receive(self, account, labels, suffix=""):
        """One sub-lot comes in; return what of it repaid the bank."""
        size = total(labels)
        repaid = min(account.debt, size)
        gone = {}
        if repaid:
            account.debt -= repaid
            p, n, stays = proceeds(labels), size - proceeds(labels), size - repaid
            if self.mixed_repay == "clean_first":
                dirty = p - max(0, repaid - n)
            else:
                dirty = self.share(stays, p, size)
            kept = self.by_class(dirty, stays - dirty, labels)
            gone = less(labels, kept)
            self.to(f"sink:OVERDRAFT{suffix}", gone)
            labels = kept
        if total(labels):
            account.lots.append(Lot(dict(labels)))
        return gone

    def scale(self, bundle, credited, sent):
        """Spread what was credited over the cells of the bundle; return the new bundle and what did not arrive."""
        cells = [((k, name), part[name]) for k, part in enumerate(bundle) for name in sorted(part)]
        if self.exact:
            scaled = {key: Fraction(x) * credited / sent for key, x in cells}
        else:
            scaled = spread(credited, cells)
        return [{name: scaled[k, name] for name in part} for k, part in enumerate(bundle)]

    def run(self, story):
        """`story`: a Ledger of tests.trace.ledgers. Returns the targets."""
        for name, opening in story.accounts.items():
            between = {"TO_PARTS": "to", "OF_PARTS": "of"}.get(name.partition(":")[0], "")
            self.accounts[name] = Account([Lot(dict(lot)) for lot in opening.lots], opening.debt, between)
        several = len({opening.currency for opening in story.accounts.values()}) > 1
        under_way = {}
        for row in story.rows:
            currency = story.accounts[row.account].currency
            suffix = f":{currency}" if several else ""
            account = self.accounts[row.account]
            gone = {}
            if row.kind == "credit":
                parts = [row.labels]
            elif row.kind == "arrival":
                bundle, sent, origin, stays_at = under_way.pop(row.of)
                home = story.accounts[origin].currency
                if self.bundle == "blended" or account.between == "to":
                    bundle = [merge(*bundle)]
                parts = bundle
                if row.amount != sent or home != currency:
                    parts = self.scale(bundle, row.amount, sent)
                    if home == currency:
                        rest = less(merge(*bundle), merge(*parts))
                        self.to(stays_at or f"sink:TRANSIT_FEE{suffix}", rest)
            else:
                bundle = self.draw(account, row.amount)
                self.moved.append(merge(*bundle))
                if row.kind == "send":
                    under_way[row.id] = (bundle, row.amount, row.account, row.sink)
                else:
                    self.to(row.sink, merge(*bundle))
                self.absorbed.append({})
                self.held.append(account.held())
                continue
            for part in parts:
                if total(part):
                    gone = merge(gone, self.receive(account, part, suffix))
            self.moved.append(merge(*parts))
            self.absorbed.append(gone)
            self.held.append(account.held())
        for name, (bundle, *_) in under_way.items():
            self.to(f"transit:{name}", merge(*bundle))
        for name, account in self.accounts.items():
            self.to(f"bal:{name}", account.held())
        return {
            target: {name: x for name, x in labels.items() if x}
            for target, labels in self.targets.items()
            if total(labels)
        }
