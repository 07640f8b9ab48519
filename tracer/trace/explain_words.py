"""The sentences of an explanation, each form once, in English and in Chinese.

A sentence tells an entry, what the account held before it, what the rule draws and why, and how much of it goes on to
the target; it ends with its cite: exhibit, page or row, hash.

Units:  amounts in major units with their currency; parts of one amount without; XXX (no currency) prints the number alone.
Source: annex.md section 11 (neutral words, both languages equal in number, figures and dates), tracing.md section 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

from tracer.model import Cite, Explanation, Origins, major

__all__ = ["FORMS", "Language", "Names", "Teller", "cited", "numbered", "numbered_origins"]

Language = Literal["en", "zh"]

#: Hexadecimal digits of an exhibit's SHA-256 in a sentence; the table beside it has all 64.
HASH_SHOWN = 16

FORMS: dict[str, tuple[str, str]] = {
    # the figure
    "figure": (
        "Under {code} ({words}), {figure} of the {recorded} recorded into {target} is proceeds: {parts}.",
        "按{code}（{words}），{target}所记录的{recorded}中有{figure}为涉案资金：{parts}。",
    ),
    "figure none": (
        "Under {code} ({words}), none of the {recorded} recorded into {target} is proceeds.",
        "按{code}（{words}），{target}所记录的{recorded}中没有涉案资金。",
    ),
    "method lots": (
        "Every credit is a lot of its own under this rule: each debit says from which credits it was drawn.",
        "按本规则，每笔贷记自成一份：每笔借记均载明取自哪些贷记。",
    ),
    "method classes": (
        (
            "Under this rule the money of one event has no order inside an account: what goes on is taken from each credit of it "
            "in proportion to what that credit brought to what was then held, rounded half up to the smallest unit; the sum is exact."
        ),
        (
            "按本规则，同一事件的资金在账户内不分先后：继续流转的部分按各笔贷记占当时所持金额的比例取自各笔贷记，"
            "四舍五入至最小货币单位；合计无误差。"
        ),
    ),
    # the entry
    "opening": ("Account {account} opened with {amount}: {parts}.", "账户{account}期初余额为{amount}：{parts}。"),
    "claim": (
        "{on}{amount} was credited to account {account}: {parts}.",
        "{on}账户{account}贷记{amount}：{parts}。",
    ),
    "credit": (
        "{on}{amount} was credited to account {account}: {parts}.",
        "{on}账户{account}贷记{amount}：{parts}。",
    ),
    "interest": (
        "{on}interest of {amount} was credited to account {account}; it takes the composition of the account: {parts}.",
        "{on}账户{account}贷记利息{amount}，按账户当时的构成划分：{parts}。",
    ),
    "gap in": (
        "{on}the records of account {account} leave {amount} unexplained, taken as a credit: {parts}.",
        "{on}账户{account}的记录有{amount}未获说明，作为贷记处理：{parts}。",
    ),
    "gap out": (
        "{on}the records of account {account} leave {amount} unexplained, taken as a debit.",
        "{on}账户{account}的记录有{amount}未获说明，作为借记处理。",
    ),
    "arrival": (
        "{on}{amount} arrived in account {account} from account {other}{line}: {parts}.",
        "{on}{amount}从账户{other}转入账户{account}{line}：{parts}。",
    ),
    "transfer": (
        "{on}{amount} was transferred from account {account} to account {other}{line}.",
        "{on}{amount}从账户{account}转入账户{other}{line}。",
    ),
    "payment": (
        "{on}{amount} was paid from account {account} to {other}.",
        "{on}从账户{account}向{other}支付{amount}。",
    ),
    "bought": (
        "{on}{amount} was paid from account {account} for {other}.",
        "{on}从账户{account}支付{amount}，用于取得{other}。",
    ),
    "of parts": (
        "It is no bank's account: it stands for one payment that was judged to be in parts, and passes on what its debits brought.",
        "此非银行账户，而是代表一笔经判定为分部分的付款，转出其各笔借记所带入的资金。",
    ),
    "to parts": (
        (
            "It is no bank's account: it stands for one payment that was judged to be in parts. No record says which money is in "
            "which part, so under every method each part takes the same share."
        ),
        "此非银行账户，而是代表一笔经判定为分部分的付款。无记录载明哪些资金在哪一部分，故按各法各部分均取同一比例。",
    ),
    "inferred": (
        "That this is one movement is inferred: the records themselves do not print what joins its two lines.",
        "两端记账属同一笔资金流动系推断：记录本身未载明其关联。",
    ),
    "assumed": (
        "It is assumed: no record shows this entry.",
        "此系假定：没有记录载明该笔记账。",
    ),
    "unordered": (
        "No record gives the order of the entries of this day on this account; they stand in the order taken.",
        "没有记录载明该账户当日各笔记账的先后次序；此处按所采次序列出。",
    ),
    "elsewhere": (
        "{on}{amount} left account {account} for {other}.",
        "{on}{amount}从账户{account}转出，去向为{other}。",
    ),
    "between": (
        (
            "{count} of account {account}, {first} to {last}: {into} in, {out} out, net {net}; the balance goes from "
            "{before} to {after}."
        ),
        "账户{account}的{count}，{first}至{last}：转入{into}，转出{out}，净额{net}；余额由{before}变为{after}。",
    ),
    "others": (
        "{count} on {accounts} without a line of their own, {first} to {last}.",
        "另有{count}，涉及{accounts}，未逐笔列出，{first}至{last}。",
    ),
    "entry": ("1 entry", "1笔记账"),
    "entries": ("{n} entries", "{n}笔记账"),
    "account": ("1 account", "1个账户"),
    "accounts": ("{n} accounts", "{n}个账户"),
    "at line": (" (line {n})", "（第{n}行）"),
    # what the account held, and what the rule draws
    "held": ("Before it the account held {amount}: {parts}.", "此前该账户余额为{amount}：{parts}。"),
    "held none": ("Before it the account held nothing.", "此前该账户无余额。"),
    "owed": ("Before it the account was overdrawn by {amount}.", "此前该账户透支{amount}。"),
    "libr none": (
        "Own money goes first: {other} of other money covers the {use}, and no proceeds leave.",
        "先用自有资金：其他资金{other}足以支付{use}，没有涉案资金转出。",
    ),
    "libr some": (
        "Own money goes first: all {other} of other money goes, and {x} of {use} is proceeds.",
        "先用自有资金：其他资金{other}全部用尽，{use}中有{x}为涉案资金。",
    ),
    "libr all": (
        "Own money goes first, and no other money is left: {x} of {use} is proceeds.",
        "先用自有资金，但已无其他资金：{use}中有{x}为涉案资金。",
    ),
    "careful": (
        "This charge is taken from other money first.",
        "该笔费用先从其他资金中扣取。",
    ),
    "share": (
        "Proceeds leave in proportion: {use} x {proceeds} / {whole} = {exact}.",
        "涉案资金按比例转出：{use} × {proceeds} / {whole} = {exact}。",
    ),
    "share all": (
        "All that is held is proceeds, and so is all of the {use}.",
        "所持全部为涉案资金，故{use}全部为涉案资金。",
    ),
    "share none": ("No proceeds are held, and none leave.", "未持有涉案资金，故没有涉案资金转出。"),
    "whole": ("{amount} exactly", "{amount}（恰好）"),
    "rounded": (
        "{floor} and {part} of the smallest unit, half up {amount}",
        "{floor}又最小货币单位的{part}，四舍五入为{amount}",
    ),
    "difo all": (
        "Proceeds go first: {proceeds} of proceeds covers the {use}, and all of it is proceeds.",
        "先用涉案资金：涉案资金{proceeds}足以支付{use}，故全部为涉案资金。",
    ),
    "difo some": (
        "Proceeds go first: all {proceeds} of proceeds goes, and {rest} of {use} is other money.",
        "先用涉案资金：涉案资金{proceeds}全部用尽，{use}中有{rest}为其他资金。",
    ),
    "labels": (
        "Each event gives in proportion to what it still held (largest remainder): {parts}.",
        "各事件按其尚存金额的比例分担（最大余数法）：{parts}。",
    ),
    "fifo": ("Oldest money goes first: it is drawn from {lots}.", "先进先出：取自{lots}。"),
    "lifo": ("Newest money goes first: it is drawn from {lots}.", "后进先出：取自{lots}。"),
    "lot": ("{amount} of the credit{on}{line}{cite} ({parts})", "{on}贷记{line}{cite}中的{amount}（{parts}）"),
    "lot opening": ("{amount} of the opening balance{line} ({parts})", "期初余额{line}中的{amount}（{parts}）"),
    "lot mixed": (
        (
            "{amount} of the credit{on}{line}{cite} ({parts}; mixed: {drawn} of its {size} drawn so far, of which "
            "{drawn} x {entered} / {size} proceeds, half up)"
        ),
        (
            "{on}贷记{line}{cite}中的{amount}（{parts}；混合贷记：其{size}中至此已取{drawn}，其中涉案资金为"
            "{drawn} × {entered} / {size}，四舍五入）"
        ),
    ),
    "lot on": (" on {day}", "{day}"),
    "lots more": ("{amount} of {n} further credits ({parts})", "另{n}笔贷记中的{amount}（{parts}）"),
    "over": (
        "{over} more than the account held was lent by the bank on overdraft, which is other money.",
        "超出账户余额的{over}由银行透支垫付，属其他资金。",
    ),
    "absorbed": (
        "Of it {amount} repaid the bank's overdraft and left the trail: {parts}; {kept} stayed.",
        "其中{amount}用于偿还银行透支，不再可追踪：{parts}；其余{kept}留存。",
    ),
    "absorbed all": (
        "All of it repaid the bank's overdraft and left the trail: {parts}.",
        "其全部用于偿还银行透支，不再可追踪：{parts}。",
    ),
    "charged": (
        (
            "Of the {sent} sent, {charge} was charged on the way; every part bears it in proportion (largest remainder), and "
            "{parts} arrived of {before}."
        ),
        "所汇{sent}中有{charge}在途中被扣收费用；各部分按比例分担（最大余数法），{before}到账{parts}。",
    ),
    "converted": (
        (
            "The banks executed {sent} into {amount}; the fraction that is proceeds is carried: of {before} became {parts} "
            "(largest remainder over all parts)."
        ),
        "银行将{sent}兑换为{amount}；涉案资金的比例随之转换：{before}变为{parts}（各部分按最大余数法）。",
    ),
    # where it goes
    "goes on": (
        "Of the proceeds in it, what goes on to {target}: {parts}.",
        "其中涉案资金继续流向{target}的部分：{parts}。",
    ),
    "reaches": ("Into {target}: {parts}.", "计入{target}：{parts}。"),
    "reaches none": ("Into {target}: no proceeds.", "计入{target}的涉案资金：无。"),
    "takes": (
        "It takes proceeds that do not reach {target}: {parts}.",
        "其带走未流向{target}的涉案资金：{parts}。",
    ),
    "passes none": ("Nothing of it goes on to {target}.", "其中没有涉案资金流向{target}。"),
    "on the way": (
        "Of the proceeds on the way to {target}, {into} came in and {out} went out here.",
        "在流向{target}的涉案资金中，此处转入{into}，转出{out}。",
    ),
    "nothing": ("nothing", "零"),
    # the sums
    "sum reached": (
        "Into {target}: {terms} = {figure}, the figure of the trace.",
        "计入{target}：{terms} = {figure}，与追踪所得数字一致。",
    ),
    "sum kept": (
        "Of the proceeds told above, {figure} is what {target} holds at the end: {parts}.",
        "上述涉案资金中，{target}期末所持为{figure}：{parts}。",
    ),
    "sum entered": ("Entered from outside: {terms} = {figure}.", "自外部进入：{terms} = {figure}。"),
    "sum changed": (
        "Changed on the way to {target}: {sent} became {amount}.",
        "在流向{target}途中兑换：{sent}变为{amount}。",
    ),
    "term": ("{amount} (line {n})", "{amount}（第{n}行）"),
    "terms more": ("{amount} ({n} further lines)", "{amount}（另{n}行）"),
    # names
    "label C": ("shown to be clean", "已证明合法"),
    "label U": ("of unknown origin", "来源不明"),
    "label K": ("lent by a bank", "银行垫付"),
    "label": ("event {label}", "事件{label}"),
    "bal": ("the balance of account {account}", "账户{account}的余额"),
    "transit": ("what is still under way ({rest})", "在途款项（{rest}）"),
    "CASH": ("cash withdrawn", "提取的现金"),
    "FEE": ("bank charges", "银行费用"),
    "OVERDRAFT": ("the bank, in repayment of an overdraft", "银行（偿还透支）"),
    "TRANSIT_FEE": ("charges on the way", "在途费用"),
    "UNKNOWN": ("a payee that no record names", "记录未载明的收款人"),
    "GAP": ("a period without records of account {account}", "账户{account}无记录的期间"),
    "of currency": ("{name} ({currency})", "{name}（{currency}）"),
    "on": ("On {day} ", "{day}，"),
    "stop": (" [{cites}].", "[{cites}]。"),
    "and": (", ", "、"),
    # origins
    "from": ("{target}: {amount} in all: {parts}.", "{target}：合计{amount}：{parts}。"),
    "branch": (
        "Account {account} passed on {amount} of it in all: {parts}. It had it from:",
        "账户{account}合计转出其中的{amount}：{parts}。来源如下：",
    ),
    "branches": (
        "{accounts} further away passed on {amount} of it in all: {parts}. They had it from:",
        "更远的{accounts}合计转出其中的{amount}：{parts}。来源如下：",
    ),
    "from several": (
        "{amount} of {count} told together ({kind}): {parts}.",
        "合并列出的{count}（{kind}）中的{amount}：{parts}。",
    ),
    "kind claim": ("credits that brought proceeds", "带入涉案资金的贷记"),
    "kind opening": ("opening balances", "期初余额"),
    "kind credit": ("credits from outside", "外部贷记"),
    "kind interest": ("interest", "利息"),
    "kind gap": ("entries that no record explains", "未获说明的记账"),
    "kind transfer": ("transfers among the accounts held", "所持各账户之间的转账"),
    "kind lent": ("overdrafts", "透支"),
    "from payment": (
        "{on}{amount} from account {account}: {parts}{branch}.",
        "{on}账户{account}付出{amount}：{parts}{branch}。",
    ),
    "from swallowed": (
        "{on}{amount} of a credit to account {account} repaid the bank: {parts}{branch}.",
        "{on}账户{account}一笔贷记中的{amount}用于偿还银行：{parts}{branch}。",
    ),
    "from kept": ("{amount} held at the end: {parts}{branch}.", "期末所持{amount}：{parts}{branch}。"),
    "from transfer": (
        "{on}{amount} from account {other}: {parts}{sent}{branch}.",
        "{on}从账户{other}转入{amount}：{parts}{sent}{branch}。",
    ),
    "from claim": (
        "{on}{amount} of the credit that brought {events}: {parts}.",
        "{on}带入{events}的贷记中的{amount}：{parts}。",
    ),
    "from opening": ("{amount} of the opening balance: {parts}.", "期初余额中的{amount}：{parts}。"),
    "from credit": ("{on}{amount} of a credit from outside: {parts}.", "{on}外部贷记中的{amount}：{parts}。"),
    "from interest": ("{on}{amount} of interest: {parts}.", "{on}利息中的{amount}：{parts}。"),
    "from gap": (
        "{on}{amount} of an entry that no record explains: {parts}.",
        "{on}未获说明的记账中的{amount}：{parts}。",
    ),
    "from lent": ("{on}{amount} lent by the bank on overdraft.", "{on}银行透支垫付{amount}。"),
    "from others": ("{amount} of {count} told together: {parts}.", "合并列出的{count}中的{amount}：{parts}。"),
    "sent": (" (left there as {amount})", "（转出时为{amount}）"),
    "see": (", see line {n}", "，见第{n}行"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What a reader finds in the exhibits: account key -> name, asset record -> description, exhibit SHA-256 -> number."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, str] = field(default_factory=dict)
    exhibits: Mapping[str, str] = field(default_factory=dict)

    def account(self, key: str) -> str:
        return self.accounts.get(key, key)

    def cite(self, cite: Cite) -> str:
        number = self.exhibits.get(cite.exhibit, "")
        return f"{number or 'exhibit'}@{cite.locator} sha256:{cite.exhibit[:HASH_SHOWN]}"


@dataclass(frozen=True, slots=True)
class Teller:
    """One language of one explanation."""

    language: Language
    names: Names
    proceeds: frozenset[str]

    def say(self, form: str, **parts: object) -> str:
        return FORMS[form][0 if self.language == "en" else 1].format(**parts)

    def money(self, minor: int, currency: str) -> str:
        number = major(minor, currency, group=True)
        return number if currency == "XXX" else f"{currency} {number}"

    def label(self, label: str) -> str:
        return self.say("label", label=label) if label in self.proceeds else self.say(f"label {label}")

    def parts(self, amounts: Mapping[str, int], currency: str) -> str:
        """Return `event E1 4,500.00, of unknown origin 400.00`; "nothing" where there is none."""
        told = [f"{self.label(k)} {major(x, currency, group=True)}" for k, x in amounts.items() if x]
        return self.say("and").join(told) or self.say("nothing")

    def target(self, target: str) -> str:
        kind, _, rest = target.partition(":")
        if kind == "bal":
            return self.say("bal", account=self.names.account(rest))
        if kind == "transit":
            return self.say("transit", rest=rest)
        word, _, name = rest.partition(":")
        if word == "ASSET":
            return self.names.assets.get(name, name)
        if word == "PAID":
            return name
        if word == "GAP":
            return self.say("GAP", account=self.names.account(name))
        if word in ("CASH", "FEE", "OVERDRAFT", "TRANSIT_FEE", "UNKNOWN"):
            told = self.say(word)
            return self.say("of currency", name=told, currency=name) if name else told
        return rest or target

    def on(self, day: date | None) -> str:
        return self.say("on", day=day) if day else ""

    def count(self, n: int, of: str = "entries") -> str:
        return self.say("entry" if of == "entries" else "account") if n == 1 else self.say(of, n=f"{n:,}")

    def line(self, n: int) -> str:
        return self.say("at line", n=n) if n else ""

    def cited(self, sentence: str, cites: Sequence[Cite]) -> str:
        """Return the sentence with its cite before the last full stop."""
        if not cites:
            return sentence
        told = "; ".join(dict.fromkeys(self.names.cite(c) for c in cites))
        return sentence.rstrip(".。") + self.say("stop", cites=told)

    def exact(self, x: int, part: int, whole: int, currency: str) -> str:
        """Return `x * part / whole` as a whole number of units, or as floor, exact fraction and what half up makes of it."""
        quotient, rest = divmod(x * part, whole)
        if not rest:
            return self.say("whole", amount=major(quotient, currency, group=True))
        rounded = quotient + (2 * rest >= whole)
        return self.say(
            "rounded",
            floor=major(quotient, currency, group=True),
            part=Fraction(rest, whole),
            amount=major(rounded, currency, group=True),
        )


def cited(cites: Sequence[Cite], names: Names) -> str:
    """Return the cites of a line as one text, for a table."""
    return "; ".join(dict.fromkeys(f"{names.exhibits.get(c.exhibit, c.exhibit[:12])}@{c.locator}" for c in cites))


def numbered(told: Explanation, language: Language = "en") -> tuple[str, ...]:
    """Return the explanation as numbered sentences, those of every table, sheet and draft."""
    return told.sentences(language)


def numbered_origins(told: Origins, language: Language = "en") -> tuple[str, ...]:
    """Return the origins as numbered sentences, each set in under the line that it adds up to."""
    depth = {0: -1}
    found = []
    for line in told.lines:
        depth[line.number] = depth[line.parent] + 1
        shown = line.en if language == "en" else line.zh
        found.append(f"{'  ' * depth[line.number]}{line.number}. {shown}")
    return tuple(found)
