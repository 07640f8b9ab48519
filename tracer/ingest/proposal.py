"""The guesser: proposes a mapping profile for a table that nobody has read yet, and lists what only a person can tell.

It guesses what columns are called, never what they say: the order of day and month, the decimal mark, the direction of an
unsigned amount, the account and the currency become questions when the data does not answer them (formats.md section 8).
A column that no word of the lexicon knows goes to `details`, so that its text is kept, and is asked about if it holds
numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tracer.ingest.accounts import iban_of
from tracer.ingest.cells import ABSENT, BadCell, DayFormat, Numbers, infer_decimal, read_amount, settle_formats
from tracer.ingest.movement import currency_code
from tracer.ingest.profile import column_names, parse, words
from tracer.ingest.source import Source
from tracer.ingest.tabular import HEAD_ROWS, Row, Sheet, head_sheets, sheets
from tracer.model import EXPONENTS, UnreadableExhibit, excerpt

__all__ = ["DATES", "SHOWN", "Guess", "Proposal", "propose", "repaired", "role_of", "written"]

SHOWN = 20
_READ_WHOLE = 64_000_000  # bytes; beyond, the head of the file is looked at and the proposal says so

#: Heading -> role, in English, German, French, Spanish, Dutch and Chinese. Normal form of `profile.words`.
_LEXICON: dict[str, str] = {
    words(heading): role
    for role, headings in {
        "booked": "booking|buchung|buchungstag / valuta|auftragsdatum|transaktionsdatum|abschlussdatum|einkaufsdatum|fecha de transacción|f. operación|f.operación|fecha mov.|date de transaction|date op.|date d'achat|data|data contabile|data operazione|交易日|记账日|交易发生日|交易时间戳|"
        "date|transaction date|booking date|booked|posting date|posted date|date processed|created|journaldate|buchungstag|buchungsdatum|"
        "datum|belegdatum|date d'opération|date de l'opération|date opération|date comptable|date de comptabilisation|fecha|fecha operación|"
        "fecha de operación|fecha contable|datum verrichting|交易日期|记账日期|入账日期|交易时间|日期",
        "value_date": "val date|wert|wertdatum|valutastellung|valuta datum|date val.|f. valor|f.valor|fecha de valor|data valuta|"
        "value date|valued|value|effective date|wertstellung|valuta|valutadatum|date de valeur|date valeur|fecha valor|"
        "rentedatum|datum verrekening|posted|execution date|起息日|入账日|记账日",
        "amount": "amount in account currency|einzelbetrag|buchungsbetrag in kontowährung|betrag in kontowährung|betrag (eur)|montant en eur|montant (eur)|montant de l'opération|valor|cantidad|importe eur|importo|金额(元)|交易额|交易金额(元)|"
        "amount|transaction amount|netamount|net amount|total|inflow|betrag|umsatz|buchungsbetrag|montant|importe|monto|bedrag|交易金额|发生额|金额",
        "debit": "debit amount (dr)|dr|dr amount|amount debited|amount out|belastung in chf|lastschrift|auszahlung|sollbetrag|belastungen|débit (eur)|débits|montant débit|sortie|retiro|retiros|adeudo|cargo (eur)|dare|支出(元)|支取|支取金额|借方金额(元)|"
        "debit|debit amount|debits|withdrawal|withdrawals|paid out|money out|out|outflow|soll|belastung|ausgang|débit|cargo|cargos|"
        "debe|debet|支出|支出金额|借方|借方发生额|借方金额|取出|付出",
        "credit": "credit amount (cr)|cr|cr amount|amount credited|amount in|gutschrift in chf|einzahlung|habenbetrag|gutschriften|crédit (eur)|crédits|montant crédit|entrée|depósito|depósitos|ingreso|ingresos|abono (eur)|avere|收入(元)|存入金额|贷方金额(元)|"
        "credit|credit amount|credits|deposit|deposits|paid in|money in|in|haben|gutschrift|eingang|crédit|abono|abonos|haber|"
        "收入|收入金额|贷方|贷方发生额|贷方金额|存入|收款",
        "balance": "closing balance|available balance|ledger balance|saldo in chf|buchsaldo|endsaldo|neuer saldo|saldo nach buchung|solde (eur)|solde comptable|solde après opération|saldo contable|saldo después|saldo final|saldo contabile|账面余额|结余|余额(元)|"
        "balance|running balance|runningbalance|account balance|saldo|kontostand|saldo na trn|solde|saldo disponible|余额|账户余额|"
        "本次余额|联机余额|交易余额|交易后余额",
        "flag": "dc|d c|debit or credit|haben/soll|h/s|sollhaben|soll/haben-kennzeichen|débit/crédit|d/h|debe/haber|cargo/abono|借贷方向|收支类型|"
        "d/c|dr/cr|cr/dr|d/k|debit/credit|credit/debit|transaction type|soll/haben|s/h|sens|bij / af|af bij|借贷标志|借贷|借/贷|收/支|收支标志",
        "currency": "curr|curr.|kontowährung|whrg|whg|währ.|devise du compte|moneda cuenta|divisa cuenta|valuta conto|交易币种|币别|"
        "currency|ccy|währung|waehrung|buchungswährung|devise|monnaie|monn.|divisa|moneda|munt|币种|货币",
        "account": "konto|kontonr|kontonr.|konto-nr.|konto nr.|iban kontoinhaber|iban / kontonummer|eigenes konto|compte n°|numéro de compte|n° compte|iban du compte|nº de cuenta|nº cuenta|número cuenta|cuenta/iban|conto|account id|acct|acct no|acct no.|a/c no|a/c no.|"
        "account|account no|account no.|account number|account name|iban|auftragskonto|kontonummer|iban auftraggeberkonto|compte|"
        "n° de compte|cuenta|número de cuenta|rekening|rekeningnummer|iban/bban|账号|账户|卡号|本方账号|交易账号|produit",
        "reference_owner": "your reference|client reference|referenznummer|referenz-nr.|mandatsreferenz|réf. client|référence client|nº de referencia|número de referencia|客户参考号|附言号|"
        "reference|customer reference|check number|checknumber|cheque number|kundenreferenz|referenz|référence|referencia|"
        "num|check #|凭证号",
        "reference_bank": "our reference|transaction no|transaction no.|transaktions-nr.|transaktionsnummer|auftragsnummer|belegnummer|réf. banque|référence banque|nº operación|nº de operación|número de operación|交易序号|业务流水号|交易编号|"
        "bank reference|transaction id|id|bankreferenz|buchungsreferenz|n° de transaction|volgnr|transactiereferentie|"
        "transaction reference number|流水号|交易流水号|日志号|交易流水",
        "counterparty_name": "counterparty name|name of counterparty|payer/payee|sender/recipient|gegenpartei|begünstigter|auftraggeber|zahlungspartner|name zahlungsbeteiligter|nom du bénéficiaire|donneur d'ordre|tiers|ordenante|ordenante/beneficiario|titular|收款人|付款人|对方账户名称|对手方|"
        "payee|counterparty|name|partner name|beneficiary|merchant name|empfänger|auftraggeber/empfänger|"
        "beguenstigter/zahlungspflichtiger|begünstigter/zahlungspflichtiger|zahlungsempfänger|bénéficiaire|contrepartie|beneficiario|"
        "naam tegenpartij|naam|counteraccount name|对方户名|对方名称|交易对手|交易对方",
        "counterparty_account": "counterparty iban|counterparty account number|iban zahlungsbeteiligter|gegenkonto|konto des begünstigten|iban gegenpartei|compte du bénéficiaire|iban bénéficiaire|cuenta destino|cuenta ordenante|对方账户|收款账号|付款账号|"
        "counterparty account|partner iban|tegenrekening|tegenrekening iban/bban|rekeningnummer tegenpartij|"
        "number|konto gegenseite|compte de contrepartie|cuenta beneficiario|对方账号|对方帐号|交易对手账号",
        "counterparty_bank": "bic (swift-code) zahlungsbeteiligter|bank der gegenpartei|banque du bénéficiaire|banco destino|对方银行|对方开户行名称|"
        "counterparty bank|bank|bic|blz|bic tegenpartij|banque|banco|对方开户行|对方行名",
        "original_amount": "original amount|originalbetrag|betrag (fremdwährung)|montant d'origine|importe original|local_amount|oorspr bedrag|原币金额",
        "original_currency": "original currency|originalwährung|fremdwährung|devise d'origine|divisa original|local_currency|oorspr munt|原币币种",
        "original_rate": "exchange rate|rate|kurs|umrechnungskurs|wechselkurs|taux|tipo de cambio|koers|汇率",
        "type_code": "type|buchungsart|umsatzart|transaktionstyp|type d'opération|tipo|posting key|交易类型|业务类型",
        "time": "time|transaction time|uhrzeit|heure|hora|交易时刻",
        "status": "status|statut|estado|交易状态|当前状态",
    }.items()
    for heading in headings.split("|")
}
#: Headings of more languages, and the short names that core systems print: role -> headings.
_MORE = {
    "booked": "data księgowania|data operacji|data transakcji|data lançamento|data do lançamento|data movimento|data mov.|data da operação|"
    "tarih|işlem tarihi|дата|дата операции|дата проводки|日付|取引日|txn dt|txn date|tran date|trans date|trn dt|post dt|bkg dt|book date",
    "value_date": "data waluty|data valor|valör|дата валютирования|val dt|value dt",
    "amount": "kwota|kwota operacji|valor (r$)|valor do movimento|tutar|işlem tutarı|сумма|сумма операции|取引金額|txn amt|tran amt|trn amt|trans amt|amt",
    "debit": "obciążenia|wypłaty|débito|débitos|saídas|saída|borç|дебет|расход|списание|お引出し|出金|dr amt|debit amt|withdrawal amt",
    "credit": "uznania|wpłaty|crédito|créditos|entradas|alacak|кредит|приход|зачисление|お預入れ|入金|cr amt|credit amt|deposit amt",
    "balance": "saldo po operacji|saldo konta|bakiye|остаток|исходящий остаток|残高|run bal|running bal|running bal.|bal|ledger bal|avail bal",
    "flag": "drcr|dr cr|d c|crdr|cr dr|dc ind|dr/cr ind|wn/ma|tipo de lançamento",
    "currency": "waluta|moeda|döviz|para birimi|валюта|通貨|crncy|ccy cd",
    "account": "numer rachunku|rachunek|nr rachunku|conta|número da conta|hesap no|hesap numarası|счет|номер счета|口座番号|acct num|acct nbr",
    "counterparty_name": "nadawca / odbiorca|kontrahent|odbiorca|favorecido|beneficiário|alıcı|контрагент|получатель|cpty name|bene name|payee name",
    "counterparty_account": "numer rachunku kontrahenta|rachunek kontrahenta|conta do favorecido|счет контрагента|cpty acct|bene acct",
    "reference_owner": "docto.|documento|nº documento|num doc|dekont no|номер документа|摘要番号|cheque no|chq no|ref no|ref",
    "reference_bank": "numer referencyjny|id transakcji|id da transação|işlem no|txn id|tran id|trn ref|txn ref|trace no",
}
_LEXICON |= {
    words(one): role for role, listed in _MORE.items() for one in listed.split("|") if words(one) not in _LEXICON
}
_CREDIT = frozenset(
    ["c", "cr", "credit", "k", "h", "haben", "crédit", "in", "inflow", "bij", "abono", "贷", "贷方", "收入", "收", "进"]
)
_DEBIT = frozenset(
    ["d", "dr", "debit", "s", "soll", "débit", "out", "outflow", "af", "cargo", "借", "借方", "支出", "支", "付", "出"]
)
_STATUS_BOOKED = frozenset(
    ["posted", "completed", "complete", "booked", "cleared", "settled", "paid", "交易成功", "成功", "支付成功"]
)
_STATUS_PENDING = frozenset(["pending", "authorised", "authorized", "processing", "处理中"])
DATES = tuple(
    DayFormat(text)
    for text in (
        "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y.%m.%d.", "%Y%m%d", "%Y年%m月%d日", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y",
        "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%m-%d-%Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %b %y", "%b %d, %Y",
        "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%z",
        "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M",
    )
)  # fmt: skip
#: A currency as it stands behind a heading, `Saldo (R$)`: "" where several countries use it.
_HEADED = {
    "r$": "BRL",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "zł": "PLN",
    "₺": "TRY",
    "₽": "RUB",
    "元": "CNY",
    "$": "",
    "¥": "",
}
_FOOTERS = ("Total", "Totals", "Summe", "Gesamt", "Totaux", "Suma", "Totaal", "合计", "总计", "小计", "人民币合计")
_UNIT = re.compile(r"[\s_]*(?:\(([a-z]{3})\)|\b([a-z]{3}))$")
_SYMBOLS = {"$": "", "£": "GBP", "€": "EUR", "¥": "", "￥": "CNY", "元": "CNY"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A profile to correct and confirm, up to 20 rows as they stand in the file, and the open questions."""

    profile_yaml: str
    rows: tuple[tuple[str, ...], ...]
    questions: tuple[str, ...]


@dataclass(slots=True)
class Guess:
    """What the headings and the cells of a table tell: `at` maps role to column, `units` column to currency."""

    sheet: Sheet
    names: tuple[str, ...]
    header: int
    rows: list[Row]
    at: dict[str, int]
    units: dict[int, str]
    questions: list[str] = field(default_factory=list)

    def column(self, role: str) -> list[str]:
        place = self.at.get(role)
        if place is None:
            return []
        return [row.cells[place].strip() for row in self.rows if place < len(row.cells) and row.cells[place].strip()]


def propose(source: Source) -> Proposal:
    """Propose a profile of account activity for a table.

    Raises: UnreadableExhibit when the bytes are no table.
    """
    guess = _look(source)
    # A comma-separated file of a head that is cut keeps its own delimiter.
    file: dict[str, Any] = {"encoding": guess.sheet.encoding or "auto", "quote": '"', "header_row": "find"}
    if guess.sheet.delimiter:
        file["delimiter"] = "\\t" if guess.sheet.delimiter == "\t" else guess.sheet.delimiter
    if not guess.header:
        file["header_row"] = "none"
        file["columns"] = list(guess.names)
    if guess.sheet.encoding.startswith(("cp", "iso", "latin", "mac")):
        guess.questions.append(
            f"The file does not say its encoding; it is read as {guess.sheet.encoding}: are the names right? (encoding: in the profile)"
        )
    return written(guess, source.exhibit.name, file)


def written(guess: Guess, name: str, file: dict[str, Any], **more: Any) -> Proposal:
    """Write the profile of a guess; `file` and `more` are keys that only the form of the file tells."""
    profile: dict[str, Any] = {"profile": f"{_slug(name)}/1", "confirmed_by": ""}
    headed = guess.header > 0
    keyed = [
        guess.names[place]
        for role, place in sorted(guess.at.items())
        if role in _TELLING and not guess.names[place].startswith("column ")
    ]
    profile["match"] = {"header": keyed if headed else []}
    profile["file"] = {**file, "footer": list(_FOOTERS)}
    profile["numbers"] = _numbers(guess)
    profile["account"] = _account(guess)
    profile["currency"] = _currency(guess)
    profile["dates"] = _dates(guess)
    profile["amount"] = _amount(guess, profile["numbers"])
    profile["balance"] = {"column": guess.names[guess.at["balance"]]} if "balance" in guess.at else {}
    if "balance" not in guess.at:
        guess.questions.append("No balance column: are lines printed oldest first? Nothing in the file proves it.")
    for group, roles in _GROUPS.items():
        profile[group] = {key: guess.names[guess.at[role]] for key, role in roles.items() if role in guess.at}
    if "type_code" in guess.at:
        profile["type"] = guess.names[guess.at["type_code"]]
    _status(guess, profile)
    _balance_lines(guess, profile)
    taken = set(guess.at.values())
    rest = [place for place in range(len(guess.names)) if place not in taken]
    profile["details"] = [guess.names[place] for place in rest if _filled(guess, place) or guess.header]
    for place in rest:
        texts = [row.cells[place] for row in guess.rows if place < len(row.cells) and row.cells[place].strip()]
        if texts and all(_is_amount(text, profile["numbers"]) for text in texts) and re.search("[.,]", "".join(texts)):
            guess.questions.append(
                f"Column {guess.names[place]!r} holds numbers and is kept as text: is it money of this account?"
            )
    profile |= more
    text = _yaml({key: value for key, value in profile.items() if value not in ({}, [])})
    parse(text, "proposal")  # what is proposed must be a profile; anything else is our bug
    shown = (*guess.sheet.rows[: guess.header][-1:], *guess.rows)[:SHOWN]
    return Proposal(text, tuple(row.cells for row in shown), tuple(guess.questions))


_TELLING = frozenset({"booked", "value_date", "amount", "debit", "credit", "balance", "flag", "currency"})
_GROUPS = {
    "references": {"owner": "reference_owner", "bank": "reference_bank"},
    "counterparty": {"name": "counterparty_name", "account": "counterparty_account", "bank": "counterparty_bank"},
    "original": {"amount": "original_amount", "currency": "original_currency", "rate": "original_rate"},
}


def _look(source: Source) -> Guess:
    best: tuple[tuple[int, int], Sheet, Row] | None = None
    for sheet in head_sheets(source):
        for row in sheet.rows[:HEAD_ROWS]:
            roles = {role for role, _ in map(role_of, row.cells) if role}
            dated, moneyed = "booked" in roles or "value_date" in roles, bool(roles & {"amount", "debit", "credit"})
            score = (len(roles) if dated and moneyed else 0, len(row.cells))
            if score[0] >= 2 and (best is None or score > best[0]):
                best = (score, sheet, row)
    if best is None:
        return _headless(source)
    _, sheet, header = best
    whole = _whole(source, sheet)
    names = column_names(header.cells)
    at: dict[str, int] = {}
    units: dict[int, str] = {}
    for place, cell in enumerate(header.cells):
        role, unit = role_of(cell)
        if role and role not in at:
            at[role] = place
            if unit:
                units[place] = unit
    rows = [r for r in whole.rows[header.number :] if not r.blank and not r.broken]
    return repaired(Guess(whole, names, header.number, rows, at, units))


def repaired(guess: Guess) -> Guess:
    """Undo what the headings alone got wrong: the cells have the last word."""
    if "booked" not in guess.at and "value_date" in guess.at:
        guess.at["booked"] = guess.at.pop("value_date")
    if "amount" in guess.at and {"debit", "credit"} <= set(guess.at):
        # Two columns and a signed one beside them say the same thing: the signed one is taken.
        texts = guess.column("amount")
        if texts:
            del guess.at["debit"], guess.at["credit"]
        else:
            del guess.at["amount"]
    elif len({"debit", "credit"} & set(guess.at)) == 1 and "amount" not in guess.at:
        guess.at["amount"] = guess.at.pop("debit" if "debit" in guess.at else "credit")
    else:
        for side in ("debit", "credit"):
            if "amount" in guess.at and side in guess.at:
                del guess.at[side]
    if "flag" in guess.at:
        seen = {words(text) for text in guess.column("flag")}
        if "amount" not in guess.at or not seen or not seen <= _CREDIT | _DEBIT:
            del guess.at["flag"]
    if "currency" in guess.at and any(currency_code(text, ()) is None for text in guess.column("currency")):
        del guess.at["currency"]
    for role in ("original_amount",):
        if role in guess.at and "original_currency" not in guess.at:
            del guess.at[role]
    return guess


def _headless(source: Source) -> Guess:
    """A table whose headings no lexicon knows, or without any: columns are told apart by what they hold."""
    found: list[tuple[tuple[int, int], Guess]] = []
    for sheet in head_sheets(source):
        width = max((len(row.cells) for row in sheet.rows), default=0)
        for skip in range(min(10, len(sheet.rows))):
            rows = [row for row in sheet.rows[skip:] if not row.blank and not row.broken]
            at = _by_content(rows, width)
            if rows and width > 2 and "booked" in at and {"amount", "debit"} & set(at):
                found.append(((len(at), -skip), Guess(sheet, (), skip, rows, at, {})))
                break
    if not found:
        raise UnreadableExhibit(
            f"{source.exhibit.name} is not a table with a date and an amount that the guesser can find.",
            where=source.exhibit.name,
            meaning="It stays an exhibit; nothing of it is loaded.",
            next_call="write a profile by hand (formats.md section 8) and give it with --answer profile=FILE.yaml",
        )
    guess = max(found, key=lambda item: item[0])[1]
    guess.sheet = _whole(source, guess.sheet)
    guess.rows = [row for row in guess.sheet.rows[guess.header :] if not row.blank and not row.broken]
    width = max((len(row.cells) for row in guess.rows), default=0)
    above = guess.sheet.rows[guess.header - 1].cells if guess.header else ()
    guess.names = column_names((*above, *[""] * (width - len(above))))
    guess.questions.append("No heading is known: is each column what the profile says it is?")
    if "debit" in guess.at:
        guess.questions.append("Two columns hold amounts: which of them is money out, which is money in?")
    return guess


def _by_content(rows: Sequence[Row], width: int) -> dict[str, int]:
    at: dict[str, int] = {}
    money: list[int] = []
    for place in range(width):
        texts = [row.cells[place].strip() for row in rows if place < len(row.cells) and row.cells[place].strip()]
        if not texts:
            continue
        if all(map(_is_date, texts)) and len(texts) * 2 > len(rows):
            at.setdefault("booked" if "booked" not in at else "value_date", place)
        elif all(currency_code(text, ()) for text in texts):
            at.setdefault("currency", place)
        elif all(iban_of(text) for text in texts) and len(texts) == len(rows):
            at.setdefault("account", place)
        elif {words(text) for text in texts} <= _CREDIT | _DEBIT and len(texts) == len(rows):
            at.setdefault("flag", place)
        elif all(_MONEY.fullmatch(text) for text in texts) and any(
            re.search(r"[.,][0-9]{2}$|^[-+(]", t) for t in texts
        ):
            money.append(place)
    filled = [
        {n for n, row in enumerate(rows) if place < len(row.cells) and row.cells[place].strip()} for place in money
    ]
    if len(money) > 1 and not filled[0] & filled[1]:
        at["credit"], at["debit"] = money[0], money[1]
    elif money:
        at["amount"] = money[0]
    if len(money) > 1 and "debit" not in at:
        at |= _balanced(rows, money, at.get("flag"))
    signed = any(
        place < len(row.cells) and row.cells[place].strip()[:1] in {"-", "("}
        for row in rows
        for place in (at.get("amount", 0),)
    )
    if "amount" not in at or signed:
        at.pop("flag", None)  # what the amount says itself is said once
    return at


def _balanced(rows: Sequence[Row], money: Sequence[int], flag: int | None) -> dict[str, int]:
    """Return the amount and the balance among columns of figures, where each balance follows from the one before."""
    texts = [row.cells[place] for row in rows for place in money if place < len(row.cells)]
    numbers = Numbers(infer_decimal(texts) or ".", (), tuple(_SYMBOLS), ("-", "()", "trailing-"))

    def figure(row: Row, place: int) -> int | None:
        try:
            return read_amount(row.cells[place] if place < len(row.cells) else "", numbers, "CLF")[0]
        except BadCell:
            return None

    for amount in money:
        for balance in money:
            pairs = [(figure(row, amount), figure(row, balance), row) for row in rows]
            if amount == balance or len(rows) < 3 or any(a is None or b is None for a, b, _ in pairs):
                continue
            out = [flag is not None and words(row.cells[flag]) in _DEBIT for _, _, row in pairs]
            signed = [-a if d else a for (a, _, _), d in zip(pairs, out, strict=True)]  # type: ignore[operator]
            held = [b for _, b, _ in pairs]
            for back in (1, -1):
                steps = list(zip(held[::back], held[::back][1:], signed[::back][1:], strict=False))
                if all(b == a + s for a, b, s in steps):  # type: ignore[operator]
                    return {"amount": amount, "balance": balance}
    return {}


_MONEY = re.compile(r"[-+(]? ?[$€£¥]? ?[0-9][0-9.,' ]{0,24}[-)]?")


def _whole(source: Source, sheet: Sheet) -> Sheet:
    if source.path.stat().st_size > _READ_WHOLE:
        return sheet
    read = sheets(source, encoding=sheet.encoding, delimiter=sheet.delimiter)
    return next((s for s in read if s.index == sheet.index), sheet)


def role_of(cell: str) -> tuple[str, str]:
    """Return (role, currency) of a heading; `Betrag (EUR)` and `Amount CZK` say the currency too."""
    shown = words(cell.replace("_", " "))
    if shown in _LEXICON:
        return _LEXICON[shown], ""
    bare, _, unit = shown.rpartition(" (")
    if (sign := unit.removesuffix(")")) in _HEADED and bare in _LEXICON:
        return _LEXICON[bare], _HEADED[sign]
    found = _UNIT.search(shown)
    if (
        found
        and (code := (found[1] or found[2]).upper()) in EXPONENTS
        and (role := _LEXICON.get(shown[: found.start()]))
    ):
        return role, code
    return "", ""


def _is_date(text: str) -> bool:
    shown = text.strip()
    return any(form.match(shown) for form in DATES)


def _is_amount(text: str, numbers: dict[str, Any]) -> bool:
    made = Numbers(
        numbers["decimal"] if numbers["decimal"] in {".", ","} else ".",
        (),
        tuple(numbers["strip"]),
        ("-", "()", "trailing-", "DR"),
    )
    try:
        read_amount(text, made, "CLF")  # four decimals: the widest that ISO 4217 has
    except BadCell:
        return False
    return True


def _filled(guess: Guess, place: int) -> bool:
    return any(place < len(row.cells) and row.cells[place].strip() for row in guess.rows)


def _money(guess: Guess) -> list[str]:
    return [text for role in ("amount", "debit", "credit", "balance") for text in guess.column(role)]


def _numbers(guess: Guess) -> dict[str, Any]:
    texts = _money(guess)
    decimal = infer_decimal(texts)
    if not decimal:
        guess.questions.append(
            "Is the decimal mark a point or a comma? No amount tells. (--answer decimal=. or decimal=,)"
        )
    symbols = [symbol for symbol in _SYMBOLS if any(symbol in text for text in texts)]
    negative = ["-", "()", "trailing-"] + (["DR"] if any(re.search(r"[0-9] ?(DR|CR)$", text) for text in texts) else [])
    return {"decimal": decimal or "ask", "strip": symbols, "negative": negative}


def _account(guess: Guess) -> dict[str, Any]:
    if "account" in guess.at and all(guess.column("account")) and len(guess.column("account")) == len(guess.rows):
        return {"scope": "row", "column": guess.names[guess.at["account"]]}
    guess.at.pop("account", None)
    for row in guess.sheet.rows[: max(guess.header - 1, 0)]:
        for cell in row.cells:
            if any(iban_of(token) for token in re.findall(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}", cell)):
                return {"scope": "file", "from": {"preamble": "([A-Z]{2}[0-9]{2}[A-Z0-9]{10,30})"}}
        if re.search(
            r"(?i)(account|konto|compte|cuenta|conta|rachun[a-z]{1,4}|hesap|账号|卡号)[^0-9]{0,20}[0-9][0-9 -]{4}",
            row.raw[:2_000],
        ):
            return {
                "scope": "file",
                "from": {
                    "preamble": "(?i)(?:account|konto|compte|cuenta|conta|rachun[a-z]{1,4}|hesap|账号|卡号)[^0-9]{0,20}([0-9][0-9 -]{4,33})"
                },
            }
    guess.questions.append("Which account is it? The file does not say. (--answer account=NUMBER)")
    return {"scope": "ask"}


def _currency(guess: Guess) -> dict[str, Any]:
    if "currency" in guess.at and len(guess.column("currency")) == len(guess.rows):
        return {"scope": "row", "column": guess.names[guess.at["currency"]]}
    guess.at.pop("currency", None)
    stated = set(guess.units.values())
    if len(stated) == 1:
        return {"scope": "file", "value": stated.pop()}
    symbols = {code for symbol, code in _SYMBOLS.items() if any(symbol in text for text in _money(guess))}
    if len(symbols) == 1 and (code := symbols.pop()):
        return {"scope": "file", "value": code}
    guess.questions.append("Which currency is it? The file does not say. (--answer currency=USD)")
    return {"scope": "ask"}


def _dates(guess: Guess) -> dict[str, Any]:
    made: dict[str, Any] = {}
    both = guess.column("booked") + guess.column("value_date")
    for key, role in (("booked", "booked"), ("value", "value_date")):
        if role not in guess.at:
            continue
        texts = [text for text in guess.column(role) if text not in ABSENT]
        used = [form for form in DATES if any(form.match(text) for text in texts)]
        settled = settle_formats(both, used)
        if settled is None and role == "booked":
            guess.questions.append(
                "Is the day or the month printed first? No date tells. (--answer date_order=dmy or mdy)"
            )
        formats = [form.text for form in (used if settled is None else settled)]
        if not formats:
            if role == "booked":
                guess.questions.append(
                    f"How is a date printed? {excerpt(texts[0]) if texts else 'No date'} is not known."
                )
                formats = ["%Y-%m-%d"]
            else:
                del guess.at[role]
                continue
        made[key] = {"column": guess.names[guess.at[role]], "formats": formats}
    if "time" in guess.at:
        made["time"] = {"column": guess.names[guess.at["time"]]}
    return made


def _amount(guess: Guess, numbers: dict[str, Any]) -> dict[str, Any]:
    if "debit" in guess.at:
        return {
            "mode": "debit_credit",
            "debit": guess.names[guess.at["debit"]],
            "credit": guess.names[guess.at["credit"]],
        }
    column = guess.names[guess.at["amount"]]
    if "flag" in guess.at:
        seen = sorted({words(text) for text in guess.column("flag")})
        return {
            "mode": "amount_flag",
            "column": column,
            "flag": guess.names[guess.at["flag"]],
            "credit": [word for word in seen if word in _CREDIT] or ["credit"],
            "debit": [word for word in seen if word in _DEBIT] or ["debit"],
        }
    if "balance" not in guess.at and not any(re.search(r"^[-(−]|[-)]$", text) for text in guess.column("amount")):
        guess.questions.append(
            "No amount has a sign and no balance is printed: is money in or money out positive? (mode: spend_positive for a card)"
        )
    return {"mode": "signed", "column": column}


def _status(guess: Guess, profile: dict[str, Any]) -> None:
    if "status" not in guess.at:
        return
    seen = sorted(set(guess.column("status")))
    booked = [text for text in seen if words(text) in _STATUS_BOOKED]
    pending = [text for text in seen if words(text) in _STATUS_PENDING]
    other = [text for text in seen if text not in booked and text not in pending]
    if other or len(guess.column("status")) != len(guess.rows):
        guess.questions.append(
            f"Which of these status words mean that money moved: {', '.join(map(excerpt, seen[:10]))}?"
        )
        del guess.at["status"]
        return
    profile["status"] = {"column": guess.names[guess.at["status"]], "booked": booked, "pending": pending}


def _balance_lines(guess: Guess, profile: dict[str, Any]) -> None:
    """Find lines that state a balance or a turnover among the movements: posted, they would double the account."""
    for place, name in enumerate(guess.names):
        seen: dict[str, list[str]] = {}
        for text in {row.cells[place].strip() for row in guess.rows if place < len(row.cells)}:
            if kind := _BALANCE_WORDS.get(words(text)):
                seen.setdefault(kind, []).append(text)
        if seen:
            profile["balances"] = {"column": name, **{kind: sorted(found) for kind, found in sorted(seen.items())}}
            return


_BALANCE_WORDS = {
    "opening balance": "opening", "balance brought forward": "opening", "brought forward": "opening", "anfangssaldo": "opening",
    "solde initial": "opening", "saldo inicial": "opening", "期初余额": "opening", "上期余额": "opening",
    "closing balance": "closing", "balance carried forward": "closing", "carried forward": "closing", "endsaldo": "closing",
    "solde final": "closing", "saldo final": "closing", "期末余额": "closing", "本期余额": "closing",
    "saldo anterior": "opening", "saldo początkowe": "opening", "devreden bakiye": "opening", "входящий остаток": "opening",
    "saldo atual": "closing", "saldo końcowe": "closing", "исходящий остаток": "closing",
    "turnover": "other", "total turnover": "other",
}  # fmt: skip


def _slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name.rpartition(".")[0] or name).strip("_.")[:60] or "table"


def _yaml(profile: dict[str, Any]) -> str:
    """Write the profile one key a line, values as JSON, which is YAML with nothing left to guess."""
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in profile.items())
