"""Whose account a heading is over: `IBAN Gegenkonto`, `Numer rachunku odbiorcy` and `对方IBAN` are over the other side's.

A heading is known when each of its words is: one for an account, one for a party, and words that add nothing. A party that
receives or pays is the other side only on the lines on which the account does not; a heading over the one that pays alone
(`IBAN Auftraggeber`) is never taken, since banks print it over the account's own number.
"""

from __future__ import annotations

import re

from tracer.ingest.profile import words

__all__ = ["is_end_to_end", "is_of_holder", "is_paying", "is_plain_account", "is_receiving", "side_of_account"]


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ACCOUNT = _listed(
    "iban bban account accounts acct konto kontonummer kontonr kto ktonr bankkonto compte rekening rekeningnummer bankrekening "
    "cuenta rachunek rachunku rachunki konta conto conta hesap"
)
_PLAIN = _listed("iban bban account acct konto kontonummer kontonr kto compte rekening rekeningnummer cuenta rachunek")
_OTHER = _listed(
    "counter counterparty counterpartys contra contraparty partner partners gegen gegenpartei gegenseite gegenstelle "
    "zahlungsbeteiligter zahlungsbeteiligten zahlungsbeteiligte zahlungspartner zahlungspartners geschäftspartner contrepartie "
    "tiers tegen tegenpartij wederpartij contraparte contrapartida controparte kontrahent kontrahenta"
)
_RECEIVING = _listed(
    "beneficiary beneficiarys payee payees recipient recipients receiver creditor empfänger empfängers empfaenger zahlungsempfänger "
    "zahlungsempfängers zahlungsempfaenger begünstigter begünstigten begünstigte beguenstigter beguenstigten bénéficiaire "
    "beneficiaire destinataire begunstigde ontvanger beneficiario beneficiaria destinatario destino odbiorca odbiorcy beneficjent "
    "beneficjenta favorecido"
)
_PAYING = _listed(
    "payer payers payor sender senders remitter originator debtor auftraggeber auftraggebers zahlungspflichtiger "
    "zahlungspflichtigen zahlungspflichtige zahler absender émetteur emetteur ordonnateur opdrachtgever betaler afzender ordenante "
    "remitente origen nadawca nadawcy zleceniodawca zleceniodawcy płatnik płatnika"
)
_OWN = _listed(
    "auftragskonto auftraggeberkonto auftragskontos kontoinhaber kontoinhabers eigene eigenes own our my propia propio eigen własny własnego"
)
_SMALL = _listed(
    "number numbers no nr num n s of the for or and bank party de du des la le l d del da do di el van der den dem oder und et ou o "
    "y numéro numero número numer nummer i lub bancaire bancaria bancario bankowy bankowego"
)
_EASTERN = re.compile(
    "(?:交易)?(?P<who>对方|對方|对手方?|對手方?|[收付]款[人方]?|受益人)的?(?:银行|銀行)?"
    " ?(?:账号|帐号|賬號|帳號|账户|帐户|賬戶|帳戶|卡号|卡號|iban)(?:号码|號碼|号|號)?(?:[ /]?iban)?"
)
_HOLDER = re.compile(
    r"auftragskonto|auftraggeberkonto|kontoinhaber|\beigen|\bown\b|\bmy\b|\bour\b|本方|我方|titulaire|\bmon\b|titular|propi[oa]|własn|kliendi|klienta"
)
_END_TO_END = re.compile(
    r"end[ -]?(?:to|2)[ -]?end|\be2e\b|\beref\b|ende[ -]zu[ -]ende|eind[ -]tot[ -]eind|bout[ -]en[ -]bout"
    r"|extremo[ -]a[ -]extremo|端[到对至]端"
)
_REFERENCE = _listed(
    "reference references ref id identification identifier number no nr referenz referenznummer kundenreferenz kundenref kennung "
    "identifikation identifikationsnummer sepa customer client payment transaction référence réf identifiant de du la le client "
    "referentie kenmerk betalingskenmerk betaling referencia identificador identificación cliente del pago operación referencja "
    "identyfikator numer płatności transakcji transakcja"
)


def side_of_account(heading: str) -> str:
    """Return "other" or "receiving" for a heading over the account of the other side, or of who receives; "" for any other.

    >>> [
    ...     side_of_account(one)
    ...     for one in ("IBAN Gegenkonto", "IBAN Empfänger", "Payer/payee account", "IBAN Auftraggeber")
    ... ]
    ['other', 'receiving', 'other', '']
    """
    side = _side(heading)
    return "" if side == "paying" else side


def is_paying(heading: str) -> bool:
    """Whether a heading is over the account of who pays, and of nobody else."""
    return _side(heading) == "paying"


def _side(heading: str) -> str:
    shown = words(heading.replace("_", " "))
    if found := _EASTERN.fullmatch(shown):
        return {"收": "receiving", "受": "receiving", "付": "paying"}.get(found["who"][0], "other")
    first, slash, _ = shown.partition("/")
    if slash and first.strip() in _PLAIN - {"iban", "bban"}:
        return ""  # `Konto/Gegenkonto`: either of the two
    said = [part for token in re.split(r"[\W]+", shown.replace("a/c", "account")) if token for part in _split(token)]
    if not said or any(one not in _KNOWN for one in said) or not _ACCOUNT & {*said}:
        return ""
    if _OWN & {*said}:
        return "own"
    receives, pays = bool(_RECEIVING & {*said}), bool(_PAYING & {*said})
    if _OTHER & {*said} or (receives and pays):
        return "other"
    return "receiving" if receives else "paying" if pays else ""


_KNOWN = _OWN | _ACCOUNT | _OTHER | _RECEIVING | _PAYING | _SMALL


def _split(token: str) -> tuple[str, ...]:
    """Return the words of a compound: `gegenkonto`, `empfängeriban`, `ibantegenpartij`; any other as it is."""
    if token in _KNOWN:
        return (token,)
    for at in range(3, len(token) - 2):
        one, two = token[:at], token[at:]
        parties = _OTHER | _RECEIVING
        if (one in parties and two in _ACCOUNT) or (one in _ACCOUNT and two in parties):
            return one, two
    return (token,)


def is_receiving(heading: str) -> bool:
    """Whether a heading is over the account of who receives, which on money in is the account itself."""
    return side_of_account(heading) == "receiving"


def is_plain_account(heading: str) -> bool:
    """Whether a heading says account and not whose: `IBAN`, `Kontonummer/IBAN`, `Account number`."""
    said = [token for token in re.split(r"[\W]+", words(heading.replace("_", " ")).replace("a/c", "account")) if token]
    return bool(_PLAIN & {*said}) and {*said} <= _PLAIN | {
        "number",
        "no",
        "nr",
        "n",
        "de",
        "numéro",
        "número",
        "numer",
        "numero",
    }


def is_of_holder(heading: str) -> bool:
    """Whether a heading says that its account is the one the statement is of: `Auftragskonto`, `Own account`."""
    return _HOLDER.search(words(heading)) is not None


def is_end_to_end(heading: str) -> bool:
    """Whether a heading is over the reference that goes with a payment from end to end, and over nothing else.

    >>> [is_end_to_end(one) for one in ("Kundenreferenz (End-to-End)", "EndToEndId", "端到端参考号", "End-to-end fee")]
    [True, True, True, False]
    """
    shown = words(heading.replace("_", " "))
    rest = _END_TO_END.sub(" ", shown)
    if rest == shown:
        return False
    rest = re.sub("参考|业务|交易|客户|标识|编号|号码?|码", " ", rest)
    return all(token in _REFERENCE for token in re.split(r"[\W]+", rest) if token)
